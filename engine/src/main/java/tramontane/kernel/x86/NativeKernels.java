package tramontane.kernel.x86;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.MatmulShape;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.QueryRows;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.kernel.vector.VectorKernels;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Kernels as machine code. What has no machine code is computed by the vector kernels, or the
 * scalar ones where there is no Vector API.
 *
 * <p>Code for a weight format is emitted when the first matrix of the format is used, and compared
 * with the scalar kernels before that. If its bits differ, the vector kernels compute the format.
 * Emitted code has no bounds checks, so this class checks the arguments of every call.
 */
public final class NativeKernels extends Kernels {
    private static final Logger LOG = System.getLogger(NativeKernels.class.getName());

    private final InstructionSet set;
    private final boolean usesPanels;
    private final MemorySegment quantize;

    private final Optional<EmittedRows> rows;

    /** By format. Null until the format is used; empty if its code cannot be used. */
    private final AtomicReferenceArray<Optional<EmittedMatmul>> matmuls =
            new AtomicReferenceArray<>(DType.values().length);

    /** By format, like {@link #matmuls}. */
    private final AtomicReferenceArray<Optional<EmittedPacking>> packings =
            new AtomicReferenceArray<>(DType.values().length);

    /** Empty until the first product of bf16. */
    private volatile Optional<PairsChoice> pairs = Optional.empty();

    /** One entry for each shape used so far. */
    private volatile ShapeCode[] attentions = {};

    /** Made when they are needed: loading the Vector API takes as long as a tenth of a start. */
    private static final class Others {
        private static final Kernels KERNELS = others();

        private static Kernels others() {
            Optional<String> refusal = VectorKernels.refusal();
            refusal.ifPresent(reason ->
                    LOG.log(
                            Level.WARNING,
                            "what has no machine code is computed by the scalar kernels, which are"
                                    + " slow: "
                                    + reason));
            return refusal.isPresent() ? new ScalarKernels() : new VectorKernels();
        }
    }

    private static Kernels vector() {
        return Others.KERNELS;
    }

    private NativeKernels(InstructionSet set, MemorySegment quantize, Optional<EmittedRows> rows) {
        this.set = set;
        usesPanels = set.usesPanels(CpuFeatures.ofThisMachine());
        this.quantize = quantize;
        this.rows = rows;
    }

    /** The best instruction set that this machine has; empty if it has none or cannot use it. */
    public static Optional<Kernels> best() {
        for (InstructionSet set : InstructionSet.values()) {
            if (set.runsHere()) {
                Optional<Kernels> kernels = of(set);
                // AMX can be refused alone. If another set cannot be used, the rest cannot either.
                boolean isAlone = set == InstructionSet.AMX && ExecutableMemory.isAllowed();
                if (kernels.isPresent() || !isAlone) {
                    return kernels;
                }
            }
        }
        LOG.log(
                Level.INFO,
                "this machine has none of the instruction sets that code is emitted for");
        return Optional.empty();
    }

    /** Kernels for one instruction set; empty if they cannot be used here, and the log says why. */
    public static Optional<Kernels> of(InstructionSet set) {
        if (!set.runsHere()) {
            LOG.log(Level.INFO, "this machine does not run " + set.label + " kernels");
            return Optional.empty();
        }
        if (!set.isPermitted()) {
            LOG.log(
                    Level.INFO,
                    "the operating system does not permit " + set.label + ", so it is not used");
            return Optional.empty();
        }
        Optional<NativeKernels> kernels = emit(set);
        if (kernels.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "this host forbids executable memory, so slower kernels are used; allow it"
                            + " (systemd: MemoryDenyWriteExecute=no, SELinux: execmem) for full speed");
            return Optional.empty();
        }
        if (!KernelCheck.isQuantizeRight(kernels.get())) {
            LOG.log(
                    Level.WARNING,
                    set.label
                            + " kernels gave other bits than the scalar ones, so slower ones are used;"
                            + " please report this with the name of the CPU");
            return Optional.empty();
        }
        // One format shows whether panels work on this machine at all.
        if (set == InstructionSet.AMX
                && kernels.get().emitted(DType.Q8_0).flatMap(EmittedMatmul::panel).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(kernels.get());
    }

    /** Empty if the host refuses executable memory. */
    static Optional<NativeKernels> emit(InstructionSet set) {
        return ExecutableMemory.install(set.quantize())
                .map(codes -> new NativeKernels(set, codes[0], rows(set)));
    }

    private static Optional<EmittedRows> rows(InstructionSet set) {
        Optional<EmittedRows> rows = EmittedRows.emit(set).filter(KernelCheck::areRight);
        if (rows.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "emitted code for rows cannot be used, slower kernels take its place;"
                            + " please report this with the name of the CPU");
        }
        return rows;
    }

    @Override
    public String name() {
        return set.label;
    }

    @Override
    public int tileRows() {
        return set.tileRows();
    }

    @Override
    public int groupsTogether(int rows) {
        return usesPanels && rows >= set.minPanelRows() ? set.panelGroups() : 1;
    }

    @Override
    public void pack(Tensor tensor, PackedMatrix packed, int from, int to) {
        Optional<EmittedPacking> emitted = packing(tensor.dtype());
        if (emitted.isPresent() && EmittedPacking.supports(tensor) && packed.data().isNative()) {
            emitted.get().packGroups(tensor, packed, from, to);
        } else {
            vector().pack(tensor, packed, from, to);
        }
    }

    private Optional<EmittedPacking> packing(DType dtype) {
        Optional<EmittedPacking> known = packings.get(dtype.ordinal());
        return known != null ? known : emitPackingOnce(dtype);
    }

    private synchronized Optional<EmittedPacking> emitPackingOnce(DType dtype) {
        if (packings.get(dtype.ordinal()) == null) {
            Optional<EmittedPacking> fresh =
                    EmittedPacking.emit(dtype).filter(code -> KernelCheck.isRight(code, dtype));
            if (fresh.isEmpty()) {
                LOG.log(
                        Level.WARNING,
                        "emitted code cannot be used to pack "
                                + dtype
                                + ", slower code loads it;"
                                + " please report this with the name of the CPU");
            }
            packings.set(dtype.ordinal(), fresh);
        }
        return packings.get(dtype.ordinal());
    }

    @Override
    public void quantize(Activations a, int from, int to) {
        Objects.checkFromToIndex(from, to, a.rows());
        MatmulShape.checkNative(a, tileRows());
        for (int row = from; row < to && a.blocks() > 0; row++) {
            quantizeRow(a.values().address() + 4L * row * a.stride(), a, row, 0, a.blocks());
        }
    }

    @Override
    public void quantizeColumns(Fp32Rows x, Activations a, int block, int blocks) {
        MatmulShape.checkColumns(x, a, block, blocks);
        MatmulShape.checkNative(a, tileRows());
        MatmulShape.checkNative(x);
        for (int row = 0; row < a.rows() && blocks > 0; row++) {
            quantizeRow(x.values().address() + 4L * row * x.stride(), a, row, block, blocks);
        }
    }

    private void quantizeRow(long x, Activations a, int row, int block, int blocks) {
        int height = a.tileHeight(row / tileRows());
        long bytes = a.quantized().address();
        Downcalls.emitted(
                quantize,
                x,
                bytes + a.valuesOffset(row, block),
                bytes + a.fieldOffset(row, block, Activations.SCALE),
                blocks,
                (long) height * Activations.BLOCK_ROW_BYTES,
                4L * height,
                0);
    }

    @Override
    public void round(Activations a, int from, int to) {
        Objects.checkFromToIndex(from, to, a.rows());
        Optional<EmittedPairs> emitted = emittedPairs();
        if (emitted.isEmpty()) {
            vector().round(a, from, to);
            return;
        }
        MatmulShape.checkNative(a, tileRows());
        emitted.get()
                .round(
                        a.fp32().rows(from, to),
                        a,
                        from,
                        to,
                        new EmittedPairs.Columns(0, a.columns()));
    }

    @Override
    public void roundColumns(Fp32Rows x, Activations a, int block, int blocks) {
        Optional<EmittedPairs> emitted = emittedPairs();
        if (emitted.isEmpty()) {
            vector().roundColumns(x, a, block, blocks);
            return;
        }
        MatmulShape.checkColumns(x, a, block, blocks);
        MatmulShape.checkNative(a, tileRows());
        MatmulShape.checkNative(x);
        emitted.get()
                .round(
                        x,
                        a,
                        0,
                        a.rows(),
                        new EmittedPairs.Columns(block * Bfloat16.BLOCK, blocks * Bfloat16.BLOCK));
    }

    @Override
    public void packRows(Fp32Rows x, int count, PackedMatrix matrix, int row) {
        Optional<EmittedPairPacking> packing = pairs().packing();
        if (packing.isPresent()) {
            MatmulShape.checkPairs(matrix);
            packing.get().packRows(x, count, matrix, row);
        } else {
            vector().packRows(x, count, matrix, row);
        }
    }

    @Override
    public void packColumns(Fp32Rows x, int count, PackedMatrix matrix, int column) {
        Optional<EmittedPairPacking> packing = pairs().packing();
        if (packing.isPresent()) {
            MatmulShape.checkPairs(matrix);
            packing.get().packColumns(x, count, matrix, column);
        } else {
            vector().packColumns(x, count, matrix, column);
        }
    }

    private Optional<EmittedPairs> emittedPairs() {
        return pairs().code();
    }

    private PairsChoice pairs() {
        return pairs.orElseGet(this::choosePairsOnce);
    }

    private synchronized PairsChoice choosePairsOnce() {
        PairsChoice choice = pairs.orElseGet(() -> PairsChoice.of(set, tileRows()));
        pairs = Optional.of(choice);
        return choice;
    }

    @Override
    public void matmul(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        MatmulShape.check(w, groupFrom, groupTo, a, out);
        MatmulShape.checkNative(w, out);
        MatmulShape.checkNative(a, tileRows());
        if (w.dtype() == DType.BF16_PAIRS) {
            multiplyPairs(w, groupFrom, groupTo, a, out);
            return;
        }
        Optional<EmittedMatmul> emitted = emitted(w.dtype());
        if (emitted.isPresent()) {
            emitted.get().multiply(w, groupFrom, groupTo, a, out);
        } else {
            vector().matmul(w, groupFrom, groupTo, a, out);
        }
    }

    private void multiplyPairs(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        Optional<EmittedPairs> emitted = emittedPairs();
        if (emitted.isPresent()) {
            emitted.get().multiply(w, groupFrom, groupTo, a, out);
        } else {
            vector().matmul(w, groupFrom, groupTo, a, out);
        }
    }

    private Optional<EmittedMatmul> emitted(DType dtype) {
        Optional<EmittedMatmul> known = matmuls.get(dtype.ordinal());
        return known != null ? known : emitOnce(dtype);
    }

    private synchronized Optional<EmittedMatmul> emitOnce(DType dtype) {
        if (matmuls.get(dtype.ordinal()) == null) {
            Optional<EmittedMatmul> fresh =
                    EmittedMatmul.emit(set, dtype)
                            .filter(matmul -> KernelCheck.isRight(matmul, dtype, tileRows()));
            if (fresh.isEmpty()) {
                LOG.log(
                        Level.WARNING,
                        "emitted code for "
                                + dtype
                                + " cannot be used, slower kernels multiply it;"
                                + " please report this with the name of the CPU");
            }
            matmuls.set(
                    dtype.ordinal(),
                    fresh.map(matmul -> panel(dtype).map(matmul::with).orElse(matmul)));
        }
        return matmuls.get(dtype.ordinal());
    }

    /** Empty if panels are not used or the format has none, or their code cannot be used. */
    private Optional<EmittedPanel> panel(DType dtype) {
        Optional<EmittedPanel> emitted =
                usesPanels ? EmittedPanel.emit(set, dtype) : Optional.empty();
        Optional<EmittedPanel> right =
                emitted.filter(panel -> KernelCheck.isRight(panel, dtype, tileRows()));
        if (emitted.isPresent() && right.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    set.label
                            + " code for "
                            + dtype
                            + " gave other bits than the scalar kernels, so slower code multiplies"
                            + " many rows; please report this with the name of the CPU");
        }
        return right;
    }

    @Override
    public void attention(KvHead head, QueryRows queries, MemorySegment out) {
        Optional<EmittedAttention> emitted = emitted(head.shape());
        if (emitted.isPresent() && head.cache().isNative() && out.isNative()) {
            emitted.get().attend(head, queries, out);
        } else {
            vector().attention(head, queries, out);
        }
    }

    @Override
    public long sectionBytes(AttentionShape shape) {
        return emitted(shape)
                .map(EmittedAttention::rowBytes)
                .orElseGet(() -> vector().sectionBytes(shape));
    }

    @Override
    public void attentionSection(KvHead head, QueryRows query, int section, MemorySegment partial) {
        Optional<EmittedAttention> emitted = emitted(head.shape());
        if (emitted.isPresent()) {
            requireNative(head.cache(), partial);
            emitted.get().attendSection(head, query, section, partial);
        } else {
            vector().attentionSection(head, query, section, partial);
        }
    }

    @Override
    public void joinSections(
            AttentionShape shape,
            MemorySegment partials,
            int count,
            int kvHead,
            MemorySegment out) {
        Optional<EmittedAttention> emitted = emitted(shape);
        if (emitted.isPresent()) {
            requireNative(partials, out);
            emitted.get().joinSections(shape, partials, count, kvHead, out);
        } else {
            vector().joinSections(shape, partials, count, kvHead, out);
        }
    }

    @Override
    public void rmsNorm(RmsNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        if (this.rows.isPresent() && EmittedRows.supports(norm.columns())) {
            this.rows.get().rmsNorm(norm, x, out, stride, rows);
        } else {
            vector().rmsNorm(norm, x, out, stride, rows);
        }
    }

    @Override
    public void layerNorm(
            LayerNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        vector().layerNorm(norm, x, out, stride, rows);
    }

    @Override
    public void gelu(MemorySegment x, long count) {
        vector().gelu(x, count);
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long count) {
        if (rows.isPresent()) {
            rows.get().add(x, y, count);
        } else {
            vector().add(x, y, count);
        }
    }

    @Override
    public void addBias(MemorySegment x, int stride, MemorySegment bias, int columns, int rows) {
        if (this.rows.isPresent()) {
            this.rows.get().addBias(x, stride, bias, columns, rows);
        } else {
            vector().addBias(x, stride, bias, columns, rows);
        }
    }

    @Override
    public void scale(MemorySegment x, float factor, long count) {
        if (rows.isPresent()) {
            rows.get().scale(x, factor, count);
        } else {
            vector().scale(x, factor, count);
        }
    }

    @Override
    public void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        if (rows.isPresent()) {
            rows.get().siluMultiply(gate, up, count);
        } else {
            vector().siluMultiply(gate, up, count);
        }
    }

    @Override
    public void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        if (rows.isPresent()) {
            rows.get().geluMultiply(gate, up, count);
        } else {
            vector().geluMultiply(gate, up, count);
        }
    }

    @Override
    public void prefetch(MemorySegment memory) {
        rows.ifPresent(code -> code.prefetch(memory));
    }

    @Override
    public void exp(float[] x) {
        if (rows.isPresent()) {
            rows.get().exp(x);
        } else {
            vector().exp(x);
        }
    }

    @Override
    public void softmax(Fp32Rows x, int rows, int columns, float scale, MemorySegment sums) {
        if (this.rows.isPresent() && EmittedRows.supports(columns)) {
            this.rows.get().softmax(x, rows, columns, scale, sums);
        } else {
            vector().softmax(x, rows, columns, scale, sums);
        }
    }

    @Override
    public void rope(RopeShape shape, MemorySegment row, int heads, MemorySegment table) {
        if (rows.isPresent() && EmittedRows.supports(shape)) {
            rows.get().rope(shape, row, heads, table);
        } else {
            vector().rope(shape, row, heads, table);
        }
    }

    @Override
    public void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment tile,
            int slot) {
        if (rows.isPresent()) {
            rows.get().storeKeyValue(shape, key, value, tile, slot);
        } else {
            vector().storeKeyValue(shape, key, value, tile, slot);
        }
    }

    // Both a section and its join must use the same code, so falling back is not possible here.
    private static void requireNative(MemorySegment... all) {
        for (MemorySegment each : all) {
            if (!each.isNative()) {
                throw new IllegalArgumentException(
                        "partial results of attention must be in off-heap memory");
            }
        }
    }

    private Optional<EmittedAttention> emitted(AttentionShape shape) {
        for (ShapeCode known : attentions) {
            if (known.isFor(shape)) {
                return known.code;
            }
        }
        return emitOnce(shape);
    }

    private synchronized Optional<EmittedAttention> emitOnce(AttentionShape shape) {
        ShapeCode[] known = attentions;
        for (ShapeCode code : known) {
            if (code.isFor(shape)) {
                return code.code;
            }
        }
        Optional<EmittedAttention> emitted = EmittedAttention.emit(set, shape);
        Optional<EmittedAttention> fresh =
                emitted.filter(attention -> KernelCheck.isRight(attention, shape));
        if (emitted.isPresent() && fresh.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "emitted attention cannot be used for "
                            + shape
                            + ", slower code computes it;"
                            + " please report this with the name of the CPU");
        }
        ShapeCode[] more = Arrays.copyOf(known, known.length + 1);
        more[known.length] = new ShapeCode(shape.groupSize(), shape.headSize(), fresh);
        attentions = more;
        return fresh;
    }

    private record ShapeCode(int groupSize, int headSize, Optional<EmittedAttention> code) {
        boolean isFor(AttentionShape shape) {
            return groupSize == shape.groupSize() && headSize == shape.headSize();
        }
    }
}
