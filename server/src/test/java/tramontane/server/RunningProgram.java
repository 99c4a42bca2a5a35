package tramontane.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tramontane.config.Settings;

/** The command line as a process of its own, and what it has said so far. */
final class RunningProgram implements AutoCloseable {
    private final List<String> said = new ArrayList<>();
    private final Process process;
    private final BufferedReader output;

    private RunningProgram(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    static RunningProgram start(Map<String, String> environment, String... arguments)
            throws IOException {
        return new RunningProgram(program(environment, List.of(), List.of(arguments)).start());
    }

    /** {@code serve}, with more options of the virtual machine. */
    static RunningProgram serve(
            Map<String, String> environment, List<String> jvm, String... arguments)
            throws IOException {
        List<String> serving = new ArrayList<>(List.of("serve"));
        serving.addAll(List.of(arguments));
        return new RunningProgram(program(environment, jvm, serving).start());
    }

    /** The command line in a process that knows nothing of the user who runs the tests. */
    static ProcessBuilder program(
            Map<String, String> environment, List<String> jvm, List<String> arguments) {
        List<String> options = new ArrayList<>(jvm);
        options.addAll(StartArchive.options());
        return with(environment, options, arguments);
    }

    /** The same for the program that the archive of classes is made with. */
    static RunningProgram rehearsal(
            Map<String, String> environment, List<String> options, List<String> arguments)
            throws IOException {
        return new RunningProgram(with(environment, options, arguments).start());
    }

    /** With options of the JVM that say where classes come from. */
    private static ProcessBuilder with(
            Map<String, String> environment, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // As the launcher: the Vector API is loaded when it is needed.
        command.add("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED");
        command.add("-Xmx512m");
        // They live for seconds, in which the second compiler would cost more than it gains.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        command.add(Main.class.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        for (String variable :
                List.of(
                        "XDG_CONFIG_HOME",
                        "XDG_CACHE_HOME",
                        "XDG_STATE_HOME",
                        "PGPASSWORD",
                        "PGUSER",
                        "TRAMONTANE_CONFIG",
                        ServerKeys.VARIABLE)) {
            builder.environment().remove(variable);
        }
        if (!environment.containsKey("HOME")) {
            // Tests must not write into the ledger of the user who runs them.
            builder.environment().put(Settings.LEDGER.variable(), "none");
        }
        builder.environment().putAll(environment);
        return builder;
    }

    /** Reads on to a line with this text; ends with the process at the latest. */
    String await(String text) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            add(line);
            if (line.contains(text)) {
                return line;
            }
        }
        throw new AssertionError("the program did not say '" + text + "' but " + said);
    }

    URI url() throws IOException {
        return URI.create(await("Listening on").replaceFirst(".*(http:.*)", "$1"));
    }

    int awaitEnd() throws IOException, InterruptedException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            add(line);
        }
        return process.waitFor();
    }

    private void add(String line) {
        said.add(line);
    }

    String said() {
        return String.join("\n", said);
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }

    /** Process.destroy would also close what the program says last. */
    boolean terminate() {
        return process.toHandle().destroy();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
