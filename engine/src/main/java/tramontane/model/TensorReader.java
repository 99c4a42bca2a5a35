package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.RowDecoder;
import tramontane.tensor.Tensor;

/** Reads linear layers and vectors by the names that GGUF converters use. */
record TensorReader(GgufFile file, MatrixReader matrices, SegmentAllocator memory) {
    /**
     * The layer with the weights {@code name.weight} and, if the file has it, the bias {@code
     * name.bias}.
     */
    Linear linear(String name, int outputs, int inputs) {
        TensorInfo tensor = ModelConfig.shaped(file.required(name + ".weight"), outputs, inputs);
        return new Linear(matrices.read(tensor), optionalVector(name + ".bias", outputs));
    }

    Optional<MemorySegment> optionalVector(String name, int elements) {
        return file.tensor(name).map(tensor -> vector(tensor, elements));
    }

    MemorySegment vector(TensorInfo tensor, int elements) {
        TensorInfo shaped = ModelConfig.shaped(tensor, 1, elements);
        MemorySegment vector = memory.allocate(4L * elements, 64);
        try (Arena arena = Arena.ofConfined()) {
            Tensor row = file.read(shaped, 0, 1, arena.allocate(shaped.rowBytes()));
            RowDecoder.dequantizeRow(row, 0, vector);
        }
        if (!FiniteCheck.isFinite(vector, elements)) {
            throw MatrixReader.notFinite(tensor);
        }
        return vector;
    }
}
