package tramontane.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * Resident memory of a process. Pages of mapped files are counted separately, since the system can
 * drop them at any time; {@code top} shows the sum.
 */
record Memory(long residentBytes, long anonymousBytes, long fileBytes) {
    static Memory of(long pid) {
        try {
            long[] kib = new long[3];
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                int field =
                        line.startsWith("VmRSS:")
                                ? 0
                                : line.startsWith("RssAnon:")
                                        ? 1
                                        : line.startsWith("RssFile:") ? 2 : -1;
                if (field >= 0) {
                    kib[field] = Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return new Memory(kib[0] << 10, kib[1] << 10, kib[2] << 10);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Memory ofThisProcess() {
        return of(ProcessHandle.current().pid());
    }

    void putInto(ObjectNode json) {
        json.put("residentBytes", residentBytes);
        json.put("anonymousBytes", anonymousBytes).put("fileBytes", fileBytes);
    }
}
