package tramontane.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Notices that files have changed, by time, size and identity. For one thread at a time.
 *
 * <p>A change counts once two looks have found the same: a file may be half written, and a key may
 * be written after its certificate.
 */
final class WatchedFiles {
    /** The state of a file; a missing file has none. */
    private record State(FileTime modified, long bytes, String identity) {
        static Optional<State> of(Path file) {
            try {
                BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
                return Optional.of(
                        new State(
                                found.lastModifiedTime(),
                                found.size(),
                                Objects.toString(found.fileKey())));
            } catch (IOException e) {
                // Editors and certificate clients replace a file in two steps.
                return Optional.empty();
            }
        }
    }

    private Map<Path, Optional<State>> before = Map.of();
    private Map<Path, Optional<State>> known = new HashMap<>();

    /** Must be called before the files are read, so that no later change is missed. */
    void add(List<Path> files) {
        known.putAll(look(files));
    }

    private static Map<Path, Optional<State>> look(List<Path> files) {
        Map<Path, Optional<State>> states = new HashMap<>();
        files.forEach(file -> states.put(file, State.of(file)));
        return states;
    }

    /** A file that the last look did not find. */
    Optional<Path> missing() {
        return before.entrySet().stream()
                .filter(entry -> entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** True if the files have changed since the last change, and have settled. */
    boolean haveChanged(List<Path> files) {
        Map<Path, Optional<State>> now = look(files);
        boolean settled = now.equals(before) && now.values().stream().allMatch(Optional::isPresent);
        boolean changed = settled && !now.equals(known);
        before = now;
        if (changed) {
            known = now;
        }
        return changed;
    }
}
