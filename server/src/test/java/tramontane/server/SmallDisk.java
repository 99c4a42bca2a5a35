package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of two megabytes, which only root may make. */
record SmallDisk(Path folder) implements AutoCloseable {
    static SmallDisk mount(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        assumeTrue(
                call("mount", "-t", "tmpfs", "-o", "size=2m", "none", folder.toString()),
                "a small disk cannot be mounted on this machine");
        return new SmallDisk(folder);
    }

    private static boolean call(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor() == 0;
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    void fill() throws IOException {
        try (var out = Files.newOutputStream(path("filler"))) {
            byte[] block = new byte[4096];
            for (int i = 0; i < 1024; i++) {
                out.write(block);
            }
            throw new AssertionError("the disk is larger than it should be");
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    void free() throws IOException {
        Files.delete(path("filler"));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        assertThat(call("umount", "-l", folder.toString())).isTrue();
    }
}
