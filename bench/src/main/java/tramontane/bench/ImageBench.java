package tramontane.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.packed.PackedPlace;
import tramontane.server.OptionRange;
import tramontane.testkit.RandomEncoder;
import tramontane.vision.ImagePixels;
import tramontane.vision.VisionConfig;
import tramontane.vision.VisionModel;

/** {@code ./tramontane bench images}. */
@Command(
        name = "bench images",
        description = {
            "Measure how long encoding a picture takes, of about 1024 x 1024 pixels, with encoders of real"
                    + " shapes and random weights in F16 that are bf16 numbers, as those of the published encoders are;"
                    + " written once (870 MB each) under target/.",
            "",
            "With --llama-cpp, llama.cpp's mtmd encodes in turn, round by round, and the median of the ratios is"
                    + " printed; and the processor time of both, in seconds of one core.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ImageBench implements Callable<Integer> {
    @Option(
            names = "--encoder",
            paramLabel = "NAME",
            description = "Only this one of pixtral-12b, mistral-small and gemma-3-4b.")
    private Optional<String> encoder = Optional.empty();

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = OptionRange.Threads.class,
            description = "Threads that compute (default: one a core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--side",
            paramLabel = "PIXELS",
            description = "Side of the picture for encoders of any size (default: about 1024).")
    private Optional<Integer> side = Optional.empty();

    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description = "scalar, vector, avx2, avxvnni, avx512 or amx (default: the fastest).")
    private String kernels = "";

    @Option(
            names = "--llama-cpp",
            paramLabel = "PYTHON",
            description = "Compare with llama.cpp: a Python that has the package llama-cpp-python.")
    private Optional<String> llamaCpp = Optional.empty();

    private ImageBench() {}

    static int run(List<String> arguments) {
        return Main.commandLine(new ImageBench()).execute(arguments.toArray(String[]::new));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path root = Path.of(System.getProperty("tramontane.root", "."));
        Kernels chosen = KernelChoice.of(kernels);
        MachineFacts machine = MachineFacts.of(root);
        System.out.printf(
                "%s, %d threads, %s kernels, commit %s%n",
                machine.cpu(), threads, chosen.name(), machine.commit());
        List<RandomEncoder> shapes =
                Arrays.stream(RandomEncoder.values())
                        .filter(each -> encoder.isEmpty() || each.label().equals(encoder.get()))
                        .toList();
        if (shapes.isEmpty()) {
            throw new IllegalArgumentException("there is no encoder " + encoder.orElse(""));
        }
        System.out.printf(
                "%-16s %12s %8s %12s %12s %7s %7s %7s%n",
                "", "pixels", "rows", "Tramontane s", "llama.cpp s", "ratio", "core s", "core s");
        for (RandomEncoder shape : shapes) {
            measure(shape, root, chosen);
        }
        return 0;
    }

    private void measure(RandomEncoder shape, Path root, Kernels chosen)
            throws IOException, InterruptedException {
        Path target = Files.createDirectories(root.resolve("target"));
        Path file = target.resolve("random-" + shape.label() + "-encoder.gguf");
        Path text = target.resolve("random-" + shape.label() + "-text.gguf");
        if (!Files.exists(file) || !Files.exists(text)) {
            shape.writeText(text);
            Path part = target.resolve("random-" + shape.label() + "-encoder.gguf.part");
            Files.move(shape.write(part), file);
        }
        try (VisionModel own = load(shape, file, chosen);
                MtmdPeer peer = llamaCpp.isPresent() ? peer(root, text, file) : MtmdPeer.NONE) {
            VisionConfig config = own.config();
            int pixels = side.orElse(shape.side()) / config.unit() * config.unit();
            ImagePixels picture = picture(pixels);
            int rows = own.embed(picture).grid().rows();
            peer.seconds(pixels, rows);
            List<Double> ours = new ArrayList<>();
            List<Double> theirs = new ArrayList<>();
            List<Double> ratios = new ArrayList<>();
            double ourWork = -coreSeconds(ProcessHandle.current());
            double theirWork = -peer.coreSeconds();
            for (int round = 0; round < rounds; round++) {
                ours.add(seconds(own, picture));
                theirs.add(peer.seconds(pixels, rows));
                ratios.add(theirs.getLast() / ours.getLast());
            }
            ourWork += coreSeconds(ProcessHandle.current());
            theirWork += peer.coreSeconds();
            System.out.printf(
                    "%-16s %12s %8d %12.2f %12.2f %7.2f %7.1f %7.1f%n",
                    shape.label(),
                    pixels + " x " + pixels,
                    rows,
                    Statistics.median(ours),
                    Statistics.median(theirs),
                    Statistics.median(ratios),
                    ourWork / rounds,
                    theirWork / rounds);
        }
    }

    private VisionModel load(RandomEncoder shape, Path path, Kernels chosen) {
        try (GgufFile file = GgufFile.open(path)) {
            return VisionModel.load(
                    file,
                    new VisionModel.Options(
                            chosen, threads, shape.textWidth(), new PackedPlace.Off()));
        }
    }

    private MtmdPeer peer(Path root, Path text, Path file) {
        return MtmdPeer.start(
                List.of(
                        llamaCpp.orElseThrow(),
                        root.resolve("bench/mtmd_bench.py").toString(),
                        text.toString(),
                        file.toString(),
                        String.valueOf(threads)));
    }

    private static ImagePixels picture(int side) {
        byte[] rgb = new byte[3 * side * side];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7 + i / 3000);
        }
        return new ImagePixels(side, side, rgb);
    }

    /** The processor time of a process until now. */
    static double coreSeconds(ProcessHandle process) {
        return process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L) * 1e-9;
    }

    private static double seconds(VisionModel model, ImagePixels picture)
            throws InterruptedException {
        long start = System.nanoTime();
        model.embed(picture);
        return (System.nanoTime() - start) * 1e-9;
    }
}
