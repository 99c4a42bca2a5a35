package tramontane.gguf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * By what a change of a file is noticed without reading it.
 *
 * @param key device and inode, where the system has them: another file of the same name has another
 */
record FileStamp(long bytes, FileTime modified, Optional<Object> key) {
    static FileStamp of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new IOException(attributes.isDirectory() ? "it is a directory" : "it is no file");
        }
        return new FileStamp(
                attributes.size(),
                attributes.lastModifiedTime(),
                Optional.ofNullable(attributes.fileKey()));
    }
}
