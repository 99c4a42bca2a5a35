package tramontane.kernel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Kernels as machine code. What has no emitted form is inherited.
 *
 * <p>Code for a format is emitted when the format is first met, and compared with the scalar
 * kernels before it is used; a format whose code gives other bits is left to the inherited kernels.
 * Emitted code checks no bounds: every call is checked here, before it.
 */
final class NativeKernels extends VectorKernels {
    private static final Logger LOG = System.getLogger(NativeKernels.class.getName());

    private final InstructionSet set;
    private final MemorySegment quantize;

    private final Optional<EmittedRows> rows;

    /** By format; absent until the format is met, empty if its code is not to be used. */
    private final AtomicReferenceArray<Optional<EmittedMatmul>> matmuls =
            new AtomicReferenceArray<>(DType.values().length);

    /** By format, like {@link #matmuls}. */
    private final AtomicReferenceArray<Optional<EmittedPacking>> packings =
            new AtomicReferenceArray<>(DType.values().length);

    /** One for each shape met so far. */
    private volatile ShapeCode[] attentions = {};

    private NativeKernels(InstructionSet set, MemorySegment quantize, Optional<EmittedRows> rows) {
        this.set = set;
        this.quantize = quantize;
        this.rows = rows;
    }

    /** Nothing where the host refuses executable memory. */
    static Optional<NativeKernels> emit(InstructionSet set) {
        return ExecutableMemory.install(set.quantize())
                .map(codes -> new NativeKernels(set, codes[0], rows(set)));
    }

    private static Optional<EmittedRows> rows(InstructionSet set) {
        if (!set.hasRowsAndAttention()) {
            return Optional.empty();
        }
        Optional<EmittedRows> rows = EmittedRows.emit().filter(KernelCheck::areRight);
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
    public void pack(Tensor tensor, PackedMatrix packed, int from, int to) {
        Optional<EmittedPacking> emitted = packing(tensor.dtype());
        if (emitted.isPresent() && EmittedPacking.suits(tensor) && packed.data().isNative()) {
            emitted.get().packGroups(tensor, packed, from, to);
        } else {
            super.pack(tensor, packed, from, to);
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
            int height = a.tileHeight(row / tileRows());
            long bytes = a.quantized().address();
            Downcalls.emitted(
                    quantize,
                    a.values().address() + 4L * row * a.stride(),
                    bytes + a.valuesOffset(row, 0),
                    bytes + a.fieldOffset(row, 0, Activations.SCALE),
                    a.blocks(),
                    (long) height * Activations.BLOCK_ROW_BYTES,
                    4L * height,
                    0);
        }
    }

    @Override
    public void matmul(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        MatmulShape.check(w, groupFrom, groupTo, a, out, outStride);
        MatmulShape.checkNative(w, out);
        MatmulShape.checkNative(a, tileRows());
        Optional<EmittedMatmul> emitted = emitted(w.dtype());
        if (emitted.isPresent()) {
            emitted.get().multiply(w, groupFrom, groupTo, a, out, outStride);
        } else {
            super.matmul(w, groupFrom, groupTo, a, out, outStride);
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
            matmuls.set(dtype.ordinal(), fresh);
        }
        return matmuls.get(dtype.ordinal());
    }

    @Override
    public void attention(
            AttentionShape shape,
            MemorySegment query,
            int queryStride,
            int rows,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out) {
        Optional<EmittedAttention> emitted = emitted(shape);
        if (emitted.isPresent() && cache.isNative() && out.isNative()) {
            emitted.get()
                    .attend(
                            shape,
                            query,
                            queryStride,
                            rows,
                            position,
                            cache,
                            tileOffsets,
                            kvHead,
                            out);
        } else {
            super.attention(
                    shape, query, queryStride, rows, position, cache, tileOffsets, kvHead, out);
        }
    }

    @Override
    public long sectionBytes(AttentionShape shape) {
        return emitted(shape).map(EmittedAttention::rowBytes).orElse(super.sectionBytes(shape));
    }

    @Override
    public void attentionSection(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section,
            MemorySegment partial) {
        Optional<EmittedAttention> emitted = emitted(shape);
        if (emitted.isPresent()) {
            requireNative(cache, partial);
            emitted.get()
                    .attendSection(
                            shape, query, position, cache, tileOffsets, kvHead, section, partial);
        } else {
            super.attentionSection(
                    shape, query, position, cache, tileOffsets, kvHead, section, partial);
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
            super.joinSections(shape, partials, count, kvHead, out);
        }
    }

    @Override
    public void rmsNorm(
            MemorySegment x,
            int stride,
            MemorySegment weight,
            int columns,
            float epsilon,
            MemorySegment out,
            int rows) {
        if (this.rows.isPresent() && EmittedRows.suits(columns)) {
            this.rows.get().rmsNorm(x, stride, weight, columns, epsilon, out, rows);
        } else {
            super.rmsNorm(x, stride, weight, columns, epsilon, out, rows);
        }
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long count) {
        if (rows.isPresent()) {
            rows.get().add(x, y, count);
        } else {
            super.add(x, y, count);
        }
    }

    @Override
    public void addBias(MemorySegment x, int stride, MemorySegment bias, int columns, int rows) {
        if (this.rows.isPresent()) {
            this.rows.get().addBias(x, stride, bias, columns, rows);
        } else {
            super.addBias(x, stride, bias, columns, rows);
        }
    }

    @Override
    public void scale(MemorySegment x, float factor, long count) {
        if (rows.isPresent()) {
            rows.get().scale(x, factor, count);
        } else {
            super.scale(x, factor, count);
        }
    }

    @Override
    public void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        if (rows.isPresent()) {
            rows.get().siluMultiply(gate, up, count);
        } else {
            super.siluMultiply(gate, up, count);
        }
    }

    @Override
    public void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        if (rows.isPresent()) {
            rows.get().geluMultiply(gate, up, count);
        } else {
            super.geluMultiply(gate, up, count);
        }
    }

    @Override
    public void rope(
            MemorySegment row,
            int heads,
            int headSize,
            int rotated,
            MemorySegment table,
            boolean neox) {
        if (rows.isPresent() && EmittedRows.suits(neox ? rotated / 2 : rotated)) {
            rows.get().rope(row, heads, headSize, rotated, table, neox);
        } else {
            super.rope(row, heads, headSize, rotated, table, neox);
        }
    }

    @Override
    public void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment cache,
            long tileOffset,
            int slot) {
        if (rows.isPresent()) {
            rows.get().storeKeyValue(shape, key, value, cache, tileOffset, slot);
        } else {
            super.storeKeyValue(shape, key, value, cache, tileOffset, slot);
        }
    }

    // Between a section and its join there is no changing from code to code.
    private static void requireNative(MemorySegment... all) {
        for (MemorySegment each : all) {
            if (!each.isNative()) {
                throw new IllegalArgumentException("sections are taken outside the heap only");
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
