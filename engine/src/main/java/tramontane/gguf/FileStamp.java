package tramontane.gguf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The attributes of a file that show a change without reading it.
 *
 * @param key device and inode, if the file system has them; they change if the file is replaced
 */
public record FileStamp(long bytes, FileTime modified, Optional<Object> key) {
    /** The stamps of a model's file, or of all parts of a split model. */
    public static List<FileStamp> ofAll(Path first) throws IOException {
        List<FileStamp> stamps = new ArrayList<>();
        for (Path file : SplitName.files(first)) {
            stamps.add(of(file));
        }
        return List.copyOf(stamps);
    }

    /**
     * @throws IOException if there is no regular file
     */
    public static FileStamp of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new IOException(
                    attributes.isDirectory() ? "it is a directory" : "it is not a regular file");
        }
        return new FileStamp(
                attributes.size(),
                attributes.lastModifiedTime(),
                Optional.ofNullable(attributes.fileKey()));
    }
}
