package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RowDecoder;
import tramontane.packed.MatrixKey;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Reads linear layers and vectors by the names that GGUF converters use. */
record TensorReader(GgufFile file, MatrixReader matrices, SegmentAllocator memory) {
    private static final String WEIGHT = ".weight";
    private static final String SCALE = ".scale";

    /**
     * The layer with the weights {@code name.weight} and, if the file has them, the scale {@code
     * name.scale} and the bias {@code name.bias}.
     */
    Linear linear(String name, int outputs, int inputs) {
        TensorInfo tensor = ModelConfig.shaped(file.required(name + WEIGHT), outputs, inputs);
        return new Linear(
                matrices.read(tensor), scales(name, 1)[0], optionalVector(name + ".bias", outputs));
    }

    /** The scales of {@code count} matrices, which are 1 if the file has none. */
    float[] scales(String name, int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return file.tensor(name + SCALE).map(tensor -> scales(tensor, count)).orElse(ones);
    }

    private float[] scales(TensorInfo tensor, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scales = arena.allocate(4L * count, 64);
            readVector(ModelConfig.shaped(tensor, 1, count), scales);
            return scales.toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /** Refuses a scale of a matrix whose products are not scaled. */
    private void checkUnscaled(String weight) {
        String scale = weight.substring(0, weight.length() - WEIGHT.length()) + SCALE;
        if (file.tensor(scale).isPresent()) {
            throw new ModelException(scale + ": this matrix cannot be read with a scale");
        }
    }

    /** Like {@link #linear}, with bf16 weights multiplied as such. */
    Linear roundedLinear(String name, int outputs, int inputs) {
        TensorInfo tensor = ModelConfig.shaped(file.required(name + WEIGHT), outputs, inputs);
        return new Linear(matrices.readRounded(tensor), optionalVector(name + ".bias", outputs));
    }

    /**
     * The parts of a tensor that has {@code count} matrices, one after the other.
     *
     * @param outputs of each, a multiple of 16
     */
    List<Linear> linears(String name, int count, int outputs, int inputs) {
        checkUnscaled(name + WEIGHT);
        PackedMatrix all = matrices.read(stacked(name, count, outputs, inputs));
        return parts(all, scales(name, count), outputs);
    }

    /**
     * Like {@link #linears}, for parts of which only some may be needed. Part {@code i} must not be
     * used before its {@link MatrixReader#firstUse}.
     */
    List<Linear> laterLinears(String name, int count, int outputs, int inputs) {
        TensorInfo tensor = stacked(name, count, outputs, inputs);
        return parts(matrices.readLater(tensor, count), scales(name, count), outputs);
    }

    /** The tensor {@code name.weight} with the rows of {@code count} matrices. */
    TensorInfo stacked(String name, int count, int outputs, int inputs) {
        return ModelConfig.shaped(file.required(name + WEIGHT), (long) count * outputs, inputs);
    }

    private static List<Linear> parts(PackedMatrix all, float[] scales, int outputs) {
        int groups = outputs / PackedMatrix.GROUP_ROWS;
        List<Linear> parts = new ArrayList<>();
        for (int i = 0; i < scales.length; i++) {
            PackedMatrix part = all.slice(i * groups, (i + 1) * groups);
            parts.add(new Linear(part, scales[i], Optional.empty()));
        }
        return parts;
    }

    /** A matrix without bias whose weights are converted to fp32. */
    Linear fp32Linear(String name, int outputs, int inputs) {
        checkUnscaled(name);
        TensorInfo tensor = ModelConfig.shaped(file.required(name), outputs, inputs);
        long rowBytes = 4L * inputs;
        try (Arena arena = Arena.ofConfined()) {
            Tensor stored =
                    file.read(tensor, 0, outputs, arena.allocate(outputs * tensor.rowBytes(), 64));
            MemorySegment data = arena.allocate(outputs * rowBytes, 64);
            for (int row = 0; row < outputs; row++) {
                RowDecoder.dequantizeRow(stored, row, data.asSlice(row * rowBytes, rowBytes));
            }
            if (!FiniteCheck.isFinite(data, outputs * inputs)) {
                throw MatrixReader.notFinite(tensor);
            }
            Tensor converted = new Tensor(name, DType.F32, outputs, inputs, data);
            return new Linear(PackedMatrix.pack(converted, memory), Optional.empty());
        }
    }

    /** A matrix without bias that the file holds transposed, with its weights converted to fp32. */
    Linear transposed(String name, int outputs, int inputs) {
        checkUnscaled(name);
        TensorInfo tensor = ModelConfig.shaped(file.required(name), inputs, outputs);
        try (Arena arena = Arena.ofConfined()) {
            Tensor stored =
                    file.read(tensor, 0, inputs, arena.allocate(inputs * tensor.rowBytes(), 64));
            MemorySegment row = arena.allocate(4L * outputs, 64);
            MemorySegment data = arena.allocate(4L * inputs * outputs, 64);
            for (int input = 0; input < inputs; input++) {
                RowDecoder.dequantizeRow(stored, input, row);
                if (!FiniteCheck.isFinite(row, outputs)) {
                    throw MatrixReader.notFinite(tensor);
                }
                for (int output = 0; output < outputs; output++) {
                    data.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            (long) output * inputs + input,
                            row.getAtIndex(ValueLayout.JAVA_FLOAT, output));
                }
            }
            Tensor turned = new Tensor(name, DType.F32, outputs, inputs, data);
            return new Linear(PackedMatrix.pack(turned, memory), Optional.empty());
        }
    }

    Optional<MemorySegment> optionalVector(String name, int elements) {
        return file.tensor(name).map(tensor -> vector(tensor, elements));
    }

    /** A vector whose elements are there after {@link MatrixReader#finish}. */
    MemorySegment vector(TensorInfo tensor, int elements) {
        TensorInfo shaped = ModelConfig.shaped(tensor, 1, elements);
        MemorySegment vector = memory.allocate(4L * elements, 64);
        matrices.fill(
                new MatrixKey(tensor.name(), MatrixKey.Form.PLAIN, DType.F32, 1, elements),
                vector,
                () -> readVector(shaped, vector));
        return vector;
    }

    private void readVector(TensorInfo tensor, MemorySegment into) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor row = file.read(tensor, 0, 1, arena.allocate(tensor.rowBytes()));
            RowDecoder.dequantizeRow(row, 0, into);
        }
        if (!FiniteCheck.isFinite(into, tensor.columns())) {
            throw MatrixReader.notFinite(tensor);
        }
    }
}
