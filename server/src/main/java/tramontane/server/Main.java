package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import tools.jackson.databind.json.JsonMapper;
import tramontane.telemetry.LastingLogs;

/** The program: serves if it was asked to with usual flags, or passes on to picocli. */
public final class Main {
    static {
        // Before the first logger is made.
        System.setProperty(LastingLogs.PROPERTY, LastingLogs.class.getName());
    }

    /** The logging system forgets the level of a logger that is not referenced. */
    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

    /** The client of upstreams. */
    private static final Logger HTTP_CLIENT = Logger.getLogger("org.apache.hc");

    /**
     * Warns of every malformed Host header, which is the client's fault and is answered with an
     * error.
     */
    private static final Logger HOSTS = Logger.getLogger("org.eclipse.jetty.util.HostPort");

    private Main() {}

    public static void main(String[] args) {
        System.setProperty(
                "java.util.logging.SimpleFormatter.format", "%1$tF %1$tT %4$s %5$s%6$s%n");
        // Jetty would start the JDK's management system just to find this value: a tenth of the CPU
        // time of start-up.
        System.setProperty("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        // A virtual thread that computes occupies its carrier, so there are more carriers than
        // threads that may parse bodies: /health and open streams always find a free one.
        System.setProperty(
                "jdk.virtualThreadScheduler.parallelism",
                Integer.toString(2 * Runtime.getRuntime().availableProcessors() + 2));
        limitLoggersOfHttp();
        JETTY.setLevel(Level.WARNING);
        HTTP_CLIENT.setLevel(Level.WARNING);
        HOSTS.setLevel(Level.SEVERE);
        // The first use of a JSON parser takes a tenth of a second, so it runs in the background.
        Thread.ofVirtual().start(() -> JsonMapper.shared().readTree("{}"));
        System.exit(run(args));
    }

    private static int run(String... args) {
        Optional<PlainFlags> flags =
                args.length > 0 && args[0].equals("serve")
                        ? PlainFlags.of(List.of(args).subList(1, args.length))
                        : Optional.empty();
        if (flags.isEmpty()) {
            return Commands.of(args).execute(args);
        }
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        try {
            return Serve.run(
                    SettingSources.of(flags.get(), System.getenv()),
                    new PrintWriter(System.out, true, System.out.charset()),
                    err);
        } catch (Complaint complaint) {
            return complain(complaint, err);
        } catch (InterruptedException stopped) {
            return 1;
        }
    }

    /** A faulty configuration has one line for each fault. */
    static int complain(Complaint complaint, PrintWriter err) {
        UsageError.visible(String.valueOf(complaint.getMessage()))
                .lines()
                .forEach(line -> err.println("tramontane: " + CommandName.in(line)));
        return 1;
    }

    /**
     * The finer messages of Jetty and of the HTTP client contain headers and bodies, so keys and
     * prompts: no configuration of the logs may ask for them.
     */
    private static void limitLoggersOfHttp() {
        if (System.getProperty("java.util.logging.config.file") == null) {
            return; // Reading the configuration again takes time.
        }
        try {
            LogManager.getLogManager()
                    .updateConfiguration(key ->
                            isOfHttp(key) && key.endsWith(".level")
                                    ? (_, _) -> Level.WARNING.getName()
                                    : (_, configured) -> configured);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOfHttp(String key) {
        return key.startsWith(JETTY.getName()) || key.startsWith(HTTP_CLIENT.getName());
    }
}
