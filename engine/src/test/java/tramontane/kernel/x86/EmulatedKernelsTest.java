package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.GroupBlock;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RandomWeights;
import tramontane.kernel.WeightBlock;
import tramontane.kernel.scalar.ScalarMatmul;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Emitted products and unpacking for instruction sets that this machine may lack: objdump decodes
 * the code, and {@code emulate.py} computes what it does. Code for panels themselves is not
 * covered, because it uses masks or tiles.
 */
class EmulatedKernelsTest {
    private static final int COLUMNS = 256;
    private static final int ROWS = 32;

    // Addresses in the emulated machine.
    private static final long WEIGHTS = 0x1000000;
    private static final long INPUT = 0x2000000;
    private static final long OUTPUT = 0x3000000;

    @TempDir private Path folder;

    static Stream<Arguments> setsAndFormats() {
        return Stream.of(InstructionSet.values())
                .flatMap(set ->
                        Stream.of(DType.values())
                                .filter(DType::isQuantized)
                                .map(dtype -> Arguments.of(set, dtype)));
    }

    @ParameterizedTest
    @MethodSource("setsAndFormats")
    void codeGivesTheBitsOfTheDefinition(InstructionSet set, DType dtype)
            throws IOException, InterruptedException {
        List<Path> cases = new ArrayList<>();
        RandomGenerator random = new Random(dtype.ordinal());
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor =
                    RandomWeights.tensor(dtype, ROWS, COLUMNS, RandomWeights.Kind.ORDINARY, random);
            PackedMatrix weights = PackedMatrix.pack(tensor, arena);
            for (int height : new int[] {1, 2, set.tileRows()}) {
                Activations input =
                        RandomWeights.activations(height, COLUMNS, set.tileRows(), arena, random);
                ScalarMatmul.quantize(input, 0, height);
                cases.add(product(set, weights, input, arena));
            }
            if (PanelKind.of(set, dtype).isPresent()) {
                cases.add(panel(set, weights, PanelKind.of(set, dtype).get()));
            }
        }
        List<String> results = emulate(cases);
        assertThat(results).hasSameSizeAs(cases).allMatch(line -> line.endsWith(" ok"));
    }

    private Path product(InstructionSet set, PackedMatrix w, Activations a, Arena arena)
            throws IOException {
        int stride = 16 * w.groups() + 16;
        MemorySegment expected = arena.allocate(4L * a.rows() * stride, 64);
        ScalarMatmul.matmul(w, 0, w.groups(), a, new Fp32Rows(expected, stride));
        List<String> lines = new ArrayList<>();
        lines.add("code " + hex(set.matmul(w.dtype(), a.rows())));
        lines.add("memory " + WEIGHTS + " " + hex(bytes(w.data())));
        lines.add("memory " + INPUT + " " + hex(bytes(a.quantized())));
        lines.add("memory " + OUTPUT + " " + hex(new byte[4 * a.rows() * stride]));
        lines.add("argument rdi " + WEIGHTS);
        lines.add("argument rsi " + INPUT);
        lines.add("argument rdx " + OUTPUT);
        lines.add("argument rcx " + COLUMNS / w.dtype().blockElements());
        lines.add("argument r8 " + w.groups());
        lines.add("argument r9 " + 4 * stride);
        lines.add("expect " + OUTPUT + " " + hex(bytes(expected)));
        if (set == InstructionSet.AVX2 && a.rows() > 2) {
            // While a group is multiplied, the one behind it is read. Two groups are multiplied;
            // the
            // last line is left to a third one.
            long bytes = w.groups() * w.groupBytes() - 64;
            lines.add("prefetches " + (WEIGHTS + w.groupBytes()) + " " + bytes);
        }
        return Files.write(folder.resolve("product-" + a.rows()), lines);
    }

    /** Unpacks one group. */
    private Path panel(InstructionSet set, PackedMatrix w, PanelKind kind) throws IOException {
        int groups = set.panelGroups();
        int blocks = COLUMNS / Activations.BLOCK;
        List<String> lines = new ArrayList<>();
        lines.add("code " + hex(PanelCode.emit(set, w.dtype(), kind)));
        lines.add("memory " + WEIGHTS + " " + hex(bytes(w.data())));
        lines.add("memory " + OUTPUT + " " + hex(new byte[blocks * kind.blockBytes(groups)]));
        lines.add("argument rdi " + WEIGHTS);
        lines.add("argument rsi " + OUTPUT);
        lines.add("argument rdx " + (OUTPUT + PanelKind.scales(groups)));
        lines.add("argument rcx " + COLUMNS / w.dtype().blockElements());
        GroupBlock block = new GroupBlock(w);
        for (int b = 0; b < blocks; b++) {
            block.read(0, b);
            long at = OUTPUT + (long) b * kind.blockBytes(groups);
            lines.add("expect " + at + " " + hex(codes(block, offset(set, w.dtype()))));
            lines.add(
                    "expect "
                            + (at + PanelKind.scales(groups))
                            + " "
                            + hex(numbers(block.firstScales)));
            if (kind != PanelKind.SCALE) {
                float[] second = kind == PanelKind.MINIMUM ? block.minimums : block.lastScales;
                lines.add("expect " + (at + PanelKind.second(groups)) + " " + hex(numbers(second)));
            }
        }
        return Files.write(folder.resolve("panel"), lines);
    }

    /**
     * What is added to the values of a panel: nothing where signed codes are multiplied, 32 where
     * the start values of Q6_K are used, else what the format adds.
     */
    private static int offset(InstructionSet set, DType dtype) {
        if (set == InstructionSet.AMX
                || set == InstructionSet.AVX2 && Avx2TileCode.isSigned(dtype)) {
            return 0;
        }
        boolean likeQ6K = dtype == DType.INT3_16 && set != InstructionSet.AVX2;
        return likeQ6K ? WeightBlock.offset(DType.Q6_K) : WeightBlock.offset(dtype);
    }

    /** Lines of four columns of 16 rows. */
    private static byte[] codes(GroupBlock block, int offset) {
        byte[] codes = new byte[PanelKind.GROUP_CODES];
        for (int i = 0; i < codes.length; i++) {
            int row = i / 4 % 16;
            int column = i / 64 * 4 + i % 4;
            codes[i] = (byte) (block.codes[row * 32 + column] + offset);
        }
        return codes;
    }

    private static byte[] numbers(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.range(0, values.length).forEach(i -> bytes.putFloat(values[i]));
        return bytes.array();
    }

    private static byte[] bytes(MemorySegment data) {
        return data.toArray(JAVA_BYTE);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static List<String> emulate(List<Path> cases) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("python3", script().toAbsolutePath().toString()));
        cases.forEach(each -> command.add(each.toString()));
        assumeTrue(isThere("python3") && isThere("objdump"), "python3 or objdump is missing");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().readAllLines();
        assertThat(process.waitFor()).as("%s", lines).isZero();
        return lines;
    }

    private static Path script() {
        return Path.of("src", "test", "emulation", "emulate.py");
    }

    private static boolean isThere(String program) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(program, "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor() == 0;
        } catch (IOException absent) {
            return false;
        }
    }
}
