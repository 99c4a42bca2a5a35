package tramontane.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real PostgreSQL server with files of its own, from the system's package; one for all tests of a
 * virtual machine. It waits for no disk, unless {@code -Dpostgres.fsync=true} is set. It runs as
 * another user where the tests run as root, which it refuses.
 */
public final class PostgresServer {
    private static final String USER = "keeper";
    private static final String PASSWORD = "pass%word/1";

    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static Optional<PostgresServer> shared = Optional.empty();

    private final Path programs;
    private final Path folder;
    private final int port;
    private Process process;

    private PostgresServer(Path programs) throws IOException, InterruptedException {
        this.programs = programs;
        this.folder = Files.createTempDirectory("tramontane-postgres");
        this.port = freePort();
        if (isRoot()) {
            finish(new ProcessBuilder("chown", "nobody", folder.toString()));
        }
        Path password = folder.resolve("password");
        Files.writeString(password, PASSWORD);
        finish(
                program(
                        "initdb",
                        "-D",
                        data(),
                        "-U",
                        USER,
                        "--auth=scram-sha-256",
                        "--pwfile=" + password,
                        "-E",
                        "UTF8",
                        "--no-sync"));
        process = launch();
        Runtime.getRuntime().addShutdownHook(new Thread(this::remove));
    }

    /** Skips the test where there is no PostgreSQL. */
    public static synchronized PostgresServer get() {
        if (shared.isEmpty()) {
            Optional<Path> programs = programs();
            assumeTrue(
                    programs.isPresent(),
                    "PostgreSQL's initdb is missing; Debian's package postgresql has it");
            try {
                shared = Optional.of(new PostgresServer(programs.orElseThrow()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return shared.orElseThrow();
    }

    private static Optional<Path> programs() {
        try (Stream<Path> versions =
                Files.isDirectory(Path.of("/usr/lib/postgresql"))
                        ? Files.list(Path.of("/usr/lib/postgresql"))
                        : Stream.empty()) {
            List<Path> places = new ArrayList<>(versions.map(each -> each.resolve("bin")).toList());
            for (String place : System.getenv("PATH").split(":")) {
                places.add(Path.of(place));
            }
            return places.stream()
                    .filter(each -> Files.isExecutable(each.resolve("initdb")))
                    .filter(each -> Files.isExecutable(each.resolve("postgres")))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The address of a new, empty database; its password goes into {@link #environment}. */
    public String newDatabase() throws SQLException, StoreException {
        String name = "t" + DATABASES.incrementAndGet();
        DatabaseUrl.Postgres url =
                (DatabaseUrl.Postgres) DatabaseUrl.parse(address("postgres"), environment());
        try (Connection connection = Database.postgres(url.jdbc(), url.settings()).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return address(name);
    }

    public Map<String, String> environment() {
        return Map.of("PGPASSWORD", PASSWORD);
    }

    public String password() {
        return PASSWORD;
    }

    private String address(String database) {
        return "postgresql://" + USER + "@127.0.0.1:" + port + "/" + database;
    }

    /** Ends all connections at once, as a restart for an update does. */
    public void stop() throws IOException, InterruptedException {
        finish(new ProcessBuilder("kill", "-INT", "" + process.pid()));
        int unused = process.waitFor();
    }

    /** Ends it as a power failure would, except for its files. */
    public void crash() throws IOException, InterruptedException {
        finish(new ProcessBuilder("kill", "-QUIT", "" + process.pid()));
        int unused = process.waitFor();
    }

    /** Stops all of its processes, which then answer nothing, until {@link #thaw}. */
    public void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    public void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** The postmaster first, so that it starts no more processes. */
    private void signal(String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name, "" + process.pid()));
        finish(new ProcessBuilder(command));
        for (ProcessHandle each : process.descendants().toList()) {
            // One that has ended in between needs no signal.
            int unused = new ProcessBuilder("kill", "-" + name, "" + each.pid()).start().waitFor();
        }
    }

    public void start() throws IOException, InterruptedException {
        process = launch();
    }

    private Process launch() throws IOException, InterruptedException {
        Process started =
                program(
                                "postgres",
                                "-D",
                                data(),
                                "-p",
                                "" + port,
                                "-k",
                                "",
                                "-c",
                                "listen_addresses=127.0.0.1",
                                "-c",
                                "fsync=" + (Boolean.getBoolean("postgres.fsync") ? "on" : "off"))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        while (!Files.readString(folder.resolve("log")).contains("ready to accept connections")) {
            if (!started.isAlive()) {
                throw new IOException(Files.readString(folder.resolve("log")));
            }
            Thread.sleep(20);
        }
        return started;
    }

    private void remove() {
        try {
            stop();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            System.err.println("PostgreSQL's files stay in " + folder + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private ProcessBuilder program(String name, String... arguments) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(
                    List.of("setpriv", "--reuid=nobody", "--clear-groups", "--regid=nogroup"));
        }
        command.add(programs.resolve(name).toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static void finish(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(builder.command() + ": " + said);
        }
    }

    /**
     * A port that the system gives to nobody who asks for any: the server needs the same one again
     * after it has been stopped.
     */
    private static int freePort() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 30_000);
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException taken) {
                continue;
            }
        }
    }
}
