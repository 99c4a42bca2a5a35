package tramontane.kernel.x86;

import java.util.Optional;
import tramontane.kernel.Downcalls;
import tramontane.tensor.DType;

/** The instruction sets that code is emitted for, best first. */
public enum InstructionSet {
    /** {@link #AVX512_VNNI}, with matrix instructions for many rows of activations. */
    AMX("amx", 512, 12),
    /** 512 bits. 12 sums of each kind leave 8 of the 32 registers for weights and constants. */
    AVX512_VNNI("avx512", 512, 12),
    /** 256 bits, with byte dot products. */
    AVX_VNNI("avxvnni", 256, 5),
    /** 256 bits. A byte dot product takes three instructions. */
    AVX2("avx2", 256, 4);

    /** Its name in options and logs. */
    final String label;

    private final int bits;
    private final int tileRows;

    InstructionSet(String label, int bits, int tileRows) {
        this.label = label;
        this.bits = bits;
        this.tileRows = tileRows;
    }

    /** Whether this machine has these instructions. */
    public boolean runsHere() {
        return runsOn(CpuFeatures.ofThisMachine());
    }

    boolean runsOn(CpuFeatures cpu) {
        return switch (this) {
            case AMX -> cpu.hasAmx();
            case AVX512_VNNI -> cpu.hasAvx512Vnni();
            case AVX_VNNI -> cpu.hasAvxVnni();
            case AVX2 -> cpu.hasAvx2();
        };
    }

    /** Vector width. */
    int bits() {
        return bits;
    }

    /** Rows of a full tile of activations. */
    int tileRows() {
        return tileRows;
    }

    byte[] matmul(DType dtype, int height) {
        return dtype.isQuantized()
                ? IntegerMatmulCode.emit(this, dtype, height)
                : FloatMatmulCode.emit(this, dtype, height);
    }

    /** The code that multiplies a panel; only with {@link #hasPanels}. */
    byte[] panelTile(DType dtype, PanelKind kind, int height) {
        return switch (this) {
            case AMX -> AmxTileCode.emit(kind, height);
            case AVX512_VNNI -> VnniTileCode.emit(dtype, kind, height);
            case AVX2 -> Avx2TileCode.emit(dtype, kind, height);
            case AVX_VNNI -> throw new IllegalArgumentException(this + " has no panels");
        };
    }

    byte[] quantize() {
        return bits == 512 ? Avx512Quantize.emit() : Avx2Quantize.emit();
    }

    byte[] attention(AttentionState state, int rows) {
        return bits == 512 ? Avx512Attention.emit(state, rows) : Avx2Attention.emit(state, rows);
    }

    /** Attention of one row over several tiles at a time; empty if it does not pay. */
    Optional<byte[]> severalTilesAttention(AttentionState state) {
        return bits == 512 && state.tilesTogether() > 1
                ? Optional.of(SeveralTilesAttention.emit(state))
                : Optional.empty();
    }

    /** Whether the operating system lets this process use the instructions; this may ask it. */
    boolean isPermitted() {
        return this != AMX || Downcalls.permitTileRegisters();
    }

    /** Whether {@link EmittedPanel} exists for it. */
    boolean hasPanels() {
        return this != AVX_VNNI;
    }

    /**
     * Whether many rows are multiplied in panels on such a processor. With AVX2 they save unpacking
     * for every few rows. With AVX-512 they save loads, which limit the speed of cores with two
     * byte dot products a cycle; Zen 4 has one, which is the limit there: without panels, most
     * products are within a tenth of it.
     */
    boolean usesPanels(CpuFeatures cpu) {
        return hasPanels() && (bits == 256 || !cpu.splitsVectors());
    }

    /** Groups of a panel that are multiplied together: as many as the registers hold sums for. */
    int panelGroups() {
        return bits == 256 ? 1 : 2;
    }

    /**
     * The number of rows of activations from which on panels are faster; with fewer, unpacking
     * takes longer than they save.
     */
    int minPanelRows() {
        return switch (this) {
            case AMX -> 64;
            case AVX512_VNNI -> 128;
            case AVX2 -> 32;
            case AVX_VNNI -> Integer.MAX_VALUE;
        };
    }

    /**
     * The same for a format. With AVX2, codes of five or six bits take so many instructions to
     * unpack that doing it once pays earlier: with 12 rows, Q6_K and Q5_0 were 1.1 times as fast in
     * panels, Q4_1 0.9 times.
     */
    int minPanelRows(DType dtype) {
        return switch (dtype) {
            case Q5_0, Q5_1, Q5_K, Q6_K -> this == AVX2 ? 12 : minPanelRows();
            default -> minPanelRows();
        };
    }
}
