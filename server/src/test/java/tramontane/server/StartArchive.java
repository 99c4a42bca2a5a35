package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/**
 * Starts processes of tests with classes that the JVM has loaded and checked before, as the
 * launcher does: half of the processor time of a start is saved. The JVM keeps an archive for jars
 * only, so directories of classes are packed. All test processes of a build share one archive.
 *
 * <pre>
 * target/start/0.jar, 1.jar, ...   the directories of the class path
 * target/start/classes.jsa         the archive; the JVM ignores one that does not fit its jars
 * </pre>
 */
final class StartArchive {
    private static final Path PLACE = Path.of("target", "start").toAbsolutePath();
    private static final Path ARCHIVE = PLACE.resolve("classes.jsa");

    /** What {@link Main} runs on, in jars. */
    private static final String CLASS_PATH = make();

    private StartArchive() {}

    /** The options of a JVM that starts {@link Main} from the archive. */
    static List<String> options() {
        return List.of(
                "-XX:SharedArchiveFile=" + ARCHIVE,
                "-Xlog:cds=off",
                "-Xlog:aot=off",
                "-cp",
                CLASS_PATH);
    }

    private static String make() {
        try {
            Files.createDirectories(PLACE);
            try (FileChannel channel =
                            FileChannel.open(
                                    PLACE.resolve("lock"),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                assert lock.isValid();
                List<String> jars = new ArrayList<>();
                boolean changed = !Files.exists(ARCHIVE);
                for (String entry : System.getProperty("java.class.path").split(":")) {
                    Path path = Path.of(entry);
                    if (!Files.isDirectory(path)) {
                        jars.add(entry);
                    } else if (!path.endsWith("test-classes")) {
                        Path jar = PLACE.resolve(jars.size() + ".jar");
                        changed |= pack(path, jar);
                        jars.add(jar.toString());
                    }
                }
                String classPath = String.join(":", jars);
                if (changed) {
                    rehearse(classPath);
                }
                return classPath;
            }
        } catch (IOException e) {
            throw new IllegalStateException("the archive of classes cannot be made", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while the archive was made", e);
        }
    }

    /** Packs a directory of classes unless that was done since they changed; true if it was not. */
    private static boolean pack(Path classes, Path jar) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(classes)) {
            files = all.filter(file -> !file.equals(classes)).sorted().toList();
        }
        FileTime newest = Files.getLastModifiedTime(classes);
        for (Path file : files) {
            FileTime time = Files.getLastModifiedTime(file);
            newest = time.compareTo(newest) > 0 ? time : newest;
        }
        if (Files.exists(jar) && Files.getLastModifiedTime(jar).compareTo(newest) > 0) {
            return false;
        }
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path file : files) {
                String name = classes.relativize(file).toString();
                // Flyway looks for directories.
                if (Files.isDirectory(file)) {
                    zip.putNextEntry(new ZipEntry(name + "/"));
                } else {
                    zip.putNextEntry(new ZipEntry(name));
                    Files.copy(file, zip);
                }
            }
        }
        return true;
    }

    /** Serves one answer, and keeps the classes of that at the end. */
    private static void rehearse(String classPath) throws IOException, InterruptedException {
        Path made = PLACE.resolve("made.jsa");
        Path home = Files.createTempDirectory("tramontane-start");
        Path model = TinyModel.of(Architecture.LLAMA).write(home.resolve("tiny.gguf"));
        List<String> options =
                List.of(
                        "-XX:ArchiveClassesAtExit=" + made,
                        "-Xlog:cds=off",
                        "-Xlog:aot=off",
                        "-cp",
                        classPath);
        try (RunningProgram server =
                        RunningProgram.rehearsal(
                                Map.of("HOME", home.toString()),
                                options,
                                List.of("serve", "--model", model.toString(), "--port", "0"));
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = server.url();
            for (boolean stream : List.of(true, false)) {
                HttpResponse<String> answer = TinyServerTest.ask(client, url, "a", stream);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
            server.terminate();
            int unused = server.awaitEnd();
            assertThat(made).as(server.said()).exists();
        }
        Files.move(made, ARCHIVE, StandardCopyOption.REPLACE_EXISTING);
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
