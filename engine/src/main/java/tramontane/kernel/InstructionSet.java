package tramontane.kernel;

import tramontane.tensor.DType;

/** The sets of instructions that code is emitted for, best first. */
enum InstructionSet {
    AVX512_VNNI("avx512");

    /** What a user calls it. */
    final String label;

    InstructionSet(String label) {
        this.label = label;
    }

    boolean runsOn(CpuFeatures cpu) {
        return switch (this) {
            case AVX512_VNNI -> cpu.hasAvx512Vnni();
        };
    }

    /** Rows of a full tile of activations. */
    int tileRows() {
        return switch (this) {
            case AVX512_VNNI -> Avx512Matmul.TILE_ROWS;
        };
    }

    byte[] matmul(DType dtype, int height) {
        return switch (this) {
            case AVX512_VNNI ->
                    dtype.isQuantized()
                            ? Avx512Matmul.emit(dtype, height)
                            : Avx512FloatMatmul.emit(dtype, height);
        };
    }

    byte[] quantize() {
        return switch (this) {
            case AVX512_VNNI -> Avx512Quantize.emit();
        };
    }

    /** Whether {@link EmittedRows} runs here. */
    boolean hasRows() {
        return this == AVX512_VNNI;
    }

    /** Queries that one call of emitted attention takes at most. */
    int attentionQueries() {
        return switch (this) {
            case AVX512_VNNI -> Avx512Attention.QUERIES;
        };
    }

    byte[] attention(AttentionState state, int rows) {
        return switch (this) {
            case AVX512_VNNI -> Avx512Attention.emit(state, rows);
        };
    }

    byte[] attentionEnd(AttentionState state) {
        return switch (this) {
            case AVX512_VNNI -> Avx512AttentionEnd.emit(state);
        };
    }
}
