package tramontane.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Optional;

/** llama.cpp's image encoder in a child process, see mtmd_bench.py; or none. */
final class MtmdPeer implements AutoCloseable {
    static final MtmdPeer NONE = new MtmdPeer(Optional.empty());

    private record Child(Process process, Writer sizes, BufferedReader answers) {}

    private final Optional<Child> child;

    private MtmdPeer(Optional<Child> child) {
        this.child = child;
    }

    static MtmdPeer start(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            Child child = new Child(process, process.outputWriter(), process.inputReader());
            MtmdPeer peer = new MtmdPeer(Optional.of(child));
            System.out.println("llama-cpp-python " + line(child));
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    /**
     * The time for a square picture; NaN if there is no peer.
     *
     * @param rows that the picture has here
     * @throws IllegalStateException if the peer encodes fewer, because it makes the picture smaller
     */
    double seconds(int side, int rows) throws IOException {
        if (child.isEmpty()) {
            return Double.NaN;
        }
        child.get().sizes.write(side + " " + side + "\n");
        child.get().sizes.flush();
        String[] answer = line(child.get()).split(" ");
        int encoded = Integer.parseInt(answer[1]);
        if (encoded < rows) {
            throw new IllegalStateException(
                    "llama.cpp encodes " + encoded + " tokens of a picture of " + rows);
        }
        return Double.parseDouble(answer[0]);
    }

    /** The processor time of the child until now; NaN if there is none. */
    double coreSeconds() {
        return child.map(each -> ImageBench.coreSeconds(each.process.toHandle()))
                .orElse(Double.NaN);
    }

    private static String line(Child child) throws IOException {
        String line = child.answers.readLine();
        if (line == null) {
            throw new IllegalStateException(
                    "llama.cpp's process ended; is llama-cpp-python installed there?");
        }
        return line;
    }

    @Override
    public void close() {
        child.ifPresent(each -> each.process.destroy());
    }
}
