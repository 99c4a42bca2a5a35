package tramontane.gguf;

import java.nio.file.Path;

/** One open file of a model: a whole model, or a part of a split one. */
final class FilePart implements AutoCloseable {
    private final Path path;
    private final FileBytes file;
    private final Bytes bytes;
    private final Header header;

    private FilePart(Path path, FileBytes file, Bytes bytes, Header header) {
        this.path = path;
        this.file = file;
        this.bytes = bytes;
        this.header = header;
    }

    /** Reads and checks the whole header. */
    @SuppressWarnings("MustBeClosedChecker") // closed with the part that is returned
    static FilePart open(Path path) {
        FileBytes file = new FileBytes(path);
        Bytes bytes = new Bytes(file);
        try {
            return new FilePart(path, file, bytes, Header.read(bytes));
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    FileBytes file() {
        return file;
    }

    Header header() {
        return header;
    }

    FileIdentity identity() {
        return FileIdentity.of(file, bytes);
    }

    /** Parts of the model; 1 if it is not split. */
    int count() {
        return header.metadata().findInt("split.count").orElse(1);
    }

    /** The number of this part, from 0 on, as the metadata has it. */
    int number() {
        return header.metadata().findInt("split.no").orElse(0);
    }

    @Override
    public void close() {
        file.close();
    }
}
