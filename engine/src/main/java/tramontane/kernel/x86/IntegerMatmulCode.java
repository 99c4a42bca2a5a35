package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

import tramontane.kernel.Activations;
import tramontane.kernel.CodeTable;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.WeightBlock;
import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits the matmul of one quantized format and one tile height h.
 *
 * <pre>
 * void kernel(weights, tile, out, blocks of a group, groups, bytes from one output row to the next)
 *
 * for each group                     rbx holds its start
 *   for each half of its 16 rows     a vector of 256 bits holds 8 of them, one of 512 bits all
 *     F[0..h) = 0                    registers 0 to h - 1: one lane per weight row, one register per activation row
 *     for each block of 32 columns   r10 points to the block of the tile
 *       I[0..h) = start values       registers h to 2 h - 1
 *       for each 4 columns: I[m] += u8 codes . s8 activations, the same four activations in all lanes
 *       F[m] = fma(D * scale[m], (float) I[m], F[m])
 *     store F
 * </pre>
 *
 * A lane is a weight row, so no sum crosses lanes.
 *
 * <p>With 256 bits and one or two rows, the loop over halves is inside that over blocks: reading
 * weights takes longest then, and a second pass over what is in the cache would leave the memory
 * idle. There are 2 h registers F then, h for each half, and the h registers I follow.
 *
 * <p>With AVX2 and more rows, the registers hold the sums of one half only. So that the memory
 * works in the second pass, too, each pass prefetches one half of the next group:
 *
 * <pre>
 * group 0  | first half of its rows | last half              |
 * r14      | group 1: first bytes   | group 1: last bytes    | group 2: ...
 * </pre>
 *
 * On two Zen 3 cores this made products of 3 rows of Q4_K 1.3 times as fast, of 4 rows 1.2 and of 8
 * rows 1.2 times, where one pass prefetched all 2048 or 4096 bytes ahead before.
 */
final class IntegerMatmulCode {
    /**
     * The largest tile height at which reading weights takes longer than multiplying them, so that
     * the way of prefetching decides the speed.
     *
     * <p>Up to it, the hardware prefetcher of Zen 4 cores is faster without prefetch instructions,
     * by 5 to 12 %. From about 8 rows on, prefetch instructions are faster by as much. On two Zen 3
     * cores with the code for 256 bits, one row was 1.1 to 1.4 times as fast with prefetch
     * instructions, and 2048 and 4096 bytes were better than 1024.
     */
    private static final int MAX_READING_HEIGHT = 4;

    /**
     * Prefetch distance. On two Sapphire Rapids cores, decoding with one row was 7 % faster with
     * 2048 than with 4096 bytes (a thread's kernel by 24 % for Q8_0, 15 % for Q5_0, 12 % for Q4_K),
     * and eight streams were 6 % slower.
     */
    private static final int READING_PREFETCH_BYTES = 2048;

    private static final boolean IS_AMD = CpuFeatures.ofThisMachine().isAmd();

    /**
     * The distance for more rows. At 4096 bytes, the line that is asked for shares its set of the
     * first-level cache with the one being read. With eight rows on a busy Xeon with AMX, 3072 was
     * 1.17 times as fast for Q4_1, 1.05 for Q5_0 and 0.99 for Q8_0.
     */
    private static final int PREFETCH_BYTES = IS_AMD ? 4096 : 3072;

    /** Rows whose sums for both halves the registers hold. */
    private static final int MAX_ROWS_OF_HALVES = 2;

    private static final int SIGN_BITS = 0x80808080;

    /** The bits of 1 / 32 in fp32. */
    private static final int ONE_32ND = 0x3D000000;

    private final InstructionSet set;
    private final Assembler asm;
    private final DType dtype;
    private final int height;

    private final int low;
    private final int high;
    private final int temporary;
    private final int nibbleMask;
    private final int bitsMask;
    private final int plane;
    private final int broadcast;
    private final int ones;
    private final BitPlane bits;

    /**
     * Register that points to the block or, in formats with blocks of 256 columns, to its parts.
     */
    private int weights = RDI;

    /** 1 while the code for the last 8 rows is emitted, at 256 bits. */
    private int half;

    /** Whether a block is computed for both halves before the next block. */
    private final boolean isHalfInside;

    /** Whether each of the two passes over a group prefetches one half of the next group. */
    private final boolean readsNextGroup;

    private IntegerMatmulCode(InstructionSet set, DType dtype, int height) {
        this.set = set;
        this.dtype = dtype;
        this.height = height;
        isHalfInside = set.bits() == 256 && height <= MAX_ROWS_OF_HALVES;
        readsNextGroup = set == InstructionSet.AVX2 && !isHalfInside;
        asm = new Assembler(set.bits());
        low = 2 * set.tileRows();
        high = low + 1;
        temporary = low + 2;
        nibbleMask = low + 3;
        bitsMask = low + 4;
        plane = low + 5;
        // The other sets keep no product during a broadcast, and have no register left.
        broadcast = set == InstructionSet.AVX2 ? low + 6 : temporary;
        ones = low + 7;
        bits = new BitPlane(asm, plane, temporary, bitsMask);
    }

    static byte[] emit(InstructionSet set, DType dtype, int height) {
        IntegerMatmulCode code = new IntegerMatmulCode(set, dtype, height);
        code.loops();
        return code.asm.code();
    }

    private int sum(int row) {
        return isHalfInside ? half * height + row : row;
    }

    private int integer(int row) {
        return (isHalfInside ? 2 : 1) * height + row;
    }

    private void loops() {
        int[] saved = {RBX, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        asm.broadcastConstant(nibbleMask, codeMask());
        if (CodeTable.has(dtype)) {
            readTableOfFormat();
        } else {
            asm.broadcastConstant(bitsMask, bits());
        }
        if (set == InstructionSet.AVX2) {
            asm.broadcastConstant(ones, 0x00010001);
            asm.broadcastConstant(plane, SIGN_BITS);
        }
        if (dtype == DType.INT3_16) {
            asm.broadcastConstant(plane, Threes.LOW_BITS);
        }
        if (readsNextGroup) {
            startNextGroup();
        }
        int group = asm.here();
        asm.move(RBX, RDI);
        if (isHalfInside) {
            rows();
        } else {
            forEachHalf(this::rows);
        }
        asm.addImmediate(RDX, 64);
        asm.decrement(R8);
        asm.jumpIfNotZero(group);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
    }

    /** Lets r14 point to the second group. */
    private void startNextGroup() {
        asm.move(R14, RDI);
        asm.move(R11, RCX);
        int block = asm.here();
        asm.addImmediate(R14, PackedMatrix.groupBlockBytes(dtype));
        asm.decrement(R11);
        asm.jumpIfNotZero(block);
    }

    private int codeMask() {
        return switch (dtype) {
            case Q2_K -> 0x03030303;
            case INT3_16 -> Threes.CODE;
            default -> 0x0F0F0F0F;
        };
    }

    private int bits() {
        return switch (dtype) {
            case Q2_K -> ONE_32ND;
            case Q6_K -> 0x30303030;
            case INT3_16 -> Threes.HIGH_BIT;
            default -> 0x10101010;
        };
    }

    private void forEachHalf(Runnable code) {
        for (half = 0; half < 512 / set.bits(); half++) {
            code.run();
        }
        half = 0;
    }

    /** What is emitted for each half of a block, if the loop over halves is inside. */
    private void forEachHalfInside(Runnable code) {
        if (isHalfInside) {
            forEachHalf(code);
        } else {
            code.run();
        }
    }

    private void rows() {
        asm.move(RDI, RBX);
        asm.move(R10, RSI);
        forEachHalfInside(() -> {
            for (int m = 0; m < height; m++) {
                asm.op(Op.VPXOR, sum(m), sum(m), sum(m));
            }
        });
        asm.move(R11, RCX);
        int block = asm.here();
        block();
        asm.addImmediate(RDI, PackedMatrix.groupBlockBytes(dtype));
        asm.decrement(R11);
        asm.jumpIfNotZero(block);
        forEachHalfInside(() -> {
            asm.address(RAX, at(RDX, 32 * half));
            for (int m = 0; m < height; m++) {
                asm.op(Op.VMOVUPS_STORE, sum(m), 0, at(RAX, 0));
                asm.add(RAX, R9);
            }
        });
    }

    private void block() {
        switch (dtype) {
            case Q4_0, Q4_1, Q5_0, Q5_1, IQ4_NL, FP4_32 -> {
                forEachHalfInside(this::nibbleBlock);
                nextBlock();
            }
            case FP4_16 -> {
                forEachHalfInside(this::twoScalesBlock);
                nextBlock();
            }
            case Q8_0 -> {
                forEachHalfInside(this::byteBlock);
                nextBlock();
            }
            case Q2_K -> parts(64, this::twoBitPart);
            case Q4_K, Q5_K -> parts(64, this::twoFactorPart);
            case Q6_K -> parts(32, this::signedFactorPart);
            case INT3_16 -> parts(32, this::threeBitPart);
            case LUT4_32, LUT4_16 -> {
                readTable();
                parts(80, this::lookUpPart);
            }
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    // The scales come first, then eight parts of 32 columns. The scales stay addressable from RDI.
    private void parts(int scalesBytes, Runnable part) {
        int partBytes = partBytes(scalesBytes);
        weights = R13;
        asm.address(R13, at(RDI, scalesBytes));
        asm.moveImmediate(R12, 8);
        if (readsNextGroup) {
            readNextGroup(scalesBytes / 2);
        }
        int here = asm.here();
        forEachHalfInside(part);
        nextBlock();
        asm.addImmediate(R13, partBytes);
        asm.decrement(R12);
        asm.jumpIfNotZero(here);
        weights = RDI;
    }

    private int partBytes(int scalesBytes) {
        return (PackedMatrix.groupBlockBytes(dtype) - scalesBytes) / 8;
    }

    private boolean hasFifth() {
        return dtype == DType.Q5_0 || dtype == DType.Q5_1 || dtype == DType.Q5_K;
    }

    private void nibbleBlock() {
        int scales = hasFifth() ? 320 : 256;
        startSmallCodes();
        prefetch(PackedMatrix.groupBlockBytes(dtype));
        if (multipliesSigned()) {
            signedNibbles();
        } else {
            nibbles();
        }
        asm.op(Op.VCVTPH2PS, high, 0, halves(RDI, scales));
        addScaled();
        if (dtype == DType.Q4_1 || dtype == DType.Q5_1) {
            asm.op(Op.VCVTPH2PS, low, 0, halves(RDI, scales + 32));
            addMinimum(Op.VFMADD231PS);
        }
    }

    private void startSmallCodes() {
        if (addsWords()) {
            return;
        }
        switch (dtype) {
            case Q4_0 -> start(Activations.START_8);
            case Q5_0, FP4_32 -> start(Activations.START_16);
            case IQ4_NL -> startBytes();
            default -> startAtZero();
        }
    }

    private void startBytes() {
        if (set == InstructionSet.AVX2) {
            startAtZero();
        } else {
            start(Activations.START_128);
        }
    }

    private void byteBlock() {
        startBytes();
        prefetch(544);
        for (int i = 0; i < 8; i += 2) {
            if (set == InstructionSet.AVX2) {
                dotSigned(i);
                dotSigned(i + 1);
            } else {
                asm.op(Op.VMOVUPS, low, 0, line(64 * i));
                asm.op(Op.VMOVUPS, high, 0, line(64 * i + 64));
                dot(4 * i, 4 * i + 4);
            }
        }
        asm.op(Op.VCVTPH2PS, high, 0, halves(RDI, 512));
        addScaled();
    }

    private void twoFactorPart() {
        int partBytes = partBytes(64);
        startSmallCodes();
        prefetch(partBytes);
        nibbles();
        factor(Op.VPMOVZXBD, high, partBytes - 32, 0);
        factor(Op.VPMOVZXBD, low, partBytes - 16, 32);
        addScaled();
        addMinimum(Op.VFNMADD231PS);
    }

    // First 16 columns, then last 16: each half has its own factor.
    private void signedFactorPart() {
        prefetch(416);
        for (int last = 0; last < 2; last++) {
            start(last == 0 ? Activations.START_FIRST_HALF : Activations.START_LAST_HALF);
            for (int i = 0; i < 4; i += 2) {
                sixBits(low, i, last);
                sixBits(high, i + 1, last);
                dot(16 * last + 4 * i, 16 * last + 4 * i + 4);
            }
            factor(Op.VPMOVSXBD, high, 384 + 16 * last, 0);
            addScaled();
        }
    }

    private void sixBits(int codes, int i, int last) {
        nibbles(codes, i, last);
        asm.op(Op.VMOVUPS, plane, 0, line(256 + i / 2 * 64));
        bits.or(codes, i % 2 * 4 + last * 2);
    }

    // Like Q6_K. The start values for it, -32 times a sum, become -4 times the sum.
    private void threeBitPart() {
        prefetch(224);
        Threes threes = new Threes(asm, nibbleMask, plane, bitsMask);
        for (int last = 0; last < 2; last++) {
            int start = last == 0 ? Activations.START_FIRST_HALF : Activations.START_LAST_HALF;
            if (!addsWords()) {
                start(start);
                for (int m = 0; m < height; m++) {
                    asm.shift(Shift.SIGNED_INTS_RIGHT, integer(m), integer(m), 3);
                }
            }
            for (int i = 4 * last; i < 4 * last + 4; i += 2) {
                threes.load(low, temporary, line(64 * last), line(128), i);
                threes.load(high, temporary, line(64 * last), line(128), i + 1);
                dotSmallCodes(4 * i, 4 * i + 4, i % 4 == 0);
            }
            endSmallCodes(start);
            factor(Op.VPMOVSXBD, high, 192 + 16 * last, 0);
            addScaled();
        }
    }

    // First 16 columns, then last 16: each half has its own scale and minimum, and its own sum of
    // the activations. The start values for Q6_K are -32 times these sums.
    private void twoBitPart() {
        prefetch(160);
        for (int last = 0; last < 2; last++) {
            startSmallCodes();
            asm.op(Op.VMOVUPS, plane, 0, line(64 * last));
            for (int i = 0; i < 4; i += 2) {
                twoBits(low, i);
                twoBits(high, i + 1);
                dotSmallCodes(16 * last + 4 * i, 16 * last + 4 * i + 4, i == 0);
            }
            endSmallCodes(0);
            asm.op(Op.VPMOVZXBD, low, 0, at(weights, 128 + 16 * last + 8 * half));
            asm.shift(Shift.INTS_LEFT, high, low, 28);
            asm.shift(Shift.INTS_RIGHT, high, high, 28);
            asm.shift(Shift.INTS_RIGHT, low, low, 4);
            scaled(high, 0);
            scaled(low, 32);
            asm.op(Op.VMULPS, low, low, bitsMask);
            addScaled();
            addHalfMinimum(last == 0 ? Activations.START_FIRST_HALF : Activations.START_LAST_HALF);
        }
    }

    private void twoBits(int codes, int i) {
        if (i == 0) {
            asm.op(Op.VPAND, codes, plane, nibbleMask);
        } else {
            asm.shift(Shift.INTS_RIGHT, codes, plane, 2 * i);
            asm.op(Op.VPAND, codes, codes, nibbleMask);
        }
    }

    // The table is a register: the mask of bits is not needed. AVX2 multiplies signed codes.
    private void readTable() {
        asm.op(Op.VBROADCASTI32X4, bitsMask, 0, at(RDI, 64));
        if (set == InstructionSet.AVX2) {
            asm.op(Op.VPXOR, bitsMask, bitsMask, plane);
        }
    }

    /** The same for a format that has one table for all weights. */
    private void readTableOfFormat() {
        byte[] table = new byte[CodeTable.SIZE];
        CodeTable.write(dtype, multipliesSigned() ? 0 : WeightBlock.offset(dtype), table);
        asm.broadcastTable(bitsMask, table);
    }

    /**
     * Whether the codes of a format with a table are signed bytes, which {@code dot} cannot take.
     */
    private boolean multipliesSigned() {
        return set == InstructionSet.AVX2 && dtype == DType.IQ4_NL;
    }

    private void lookUpPart() {
        prefetch(partBytes(80));
        int factors = dtype == DType.LUT4_16 ? 2 : 1;
        for (int last = 0; last < factors; last++) {
            startLookUps(factors, last);
            for (int i = 0; i < 4; i += 2) {
                if (factors == 1) {
                    dotCodes(i, 0, 4 * i, 16 + 4 * i);
                    dotCodes(i + 1, 0, 4 * i + 4, 20 + 4 * i);
                } else {
                    dotCodes(i, last, 16 * last + 4 * i, 16 * last + 4 * i + 4);
                }
            }
            asm.op(Op.VPMOVSXBD, high, 0, at(weights, 256 + 16 * last + 8 * half));
            asm.op(Op.VCVTDQ2PS, high, 0, high);
            asm.op(Op.VMULPS, high, high, at(RDI, 32 * half));
            addScaled();
        }
    }

    /** The start values are -128 times the sum; those of Q6_K are -32 times the sum of a half. */
    private void startLookUps(int factors, int last) {
        if (set == InstructionSet.AVX2) {
            startAtZero();
        } else if (factors == 1) {
            start(Activations.START_128);
        } else {
            start(last == 0 ? Activations.START_FIRST_HALF : Activations.START_LAST_HALF);
            for (int m = 0; m < height; m++) {
                asm.shift(Shift.INTS_LEFT, integer(m), integer(m), 2);
            }
        }
    }

    /**
     * Adds the products of eight columns: of the two halves of line {@code i} if there is one
     * factor, or of the same half of lines {@code i} and {@code i + 1}.
     */
    private void dotCodes(int i, int last, int firstColumn, int secondColumn) {
        boolean bothHalves = dtype == DType.LUT4_32;
        if (set == InstructionSet.AVX2) {
            lookUp(low, i, last);
            dotSignedCodes(firstColumn);
            lookUp(low, bothHalves ? i : i + 1, bothHalves ? 1 : last);
            dotSignedCodes(secondColumn);
        } else {
            lookUp(low, i, last);
            lookUp(high, bothHalves ? i : i + 1, bothHalves ? 1 : last);
            dot(firstColumn, secondColumn);
        }
    }

    /** The low or the high halves of a line. */
    private void nibbles(int codes, int i, int highHalf) {
        asm.op(Op.VMOVUPS, codes, 0, line(64 * i));
        if (highHalf == 1) {
            asm.shift(Shift.WORDS_RIGHT, codes, codes, 4);
        }
        asm.op(Op.VPAND, codes, codes, nibbleMask);
    }

    private void lookUp(int codes, int i, int highHalf) {
        nibbles(codes, i, highHalf);
        asm.op(Op.VPSHUFB, codes, bitsMask, codes);
    }

    private void nibbles() {
        if (hasFifth()) {
            asm.op(Op.VMOVUPS, plane, 0, line(256));
        }
        for (int i = 0; i < 4; i++) {
            asm.op(Op.VMOVUPS, high, 0, line(64 * i));
            asm.op(Op.VPAND, low, high, nibbleMask);
            asm.shift(Shift.WORDS_RIGHT, high, high, 4);
            asm.op(Op.VPAND, high, high, nibbleMask);
            if (hasFifth()) {
                bits.or(low, 2 * i);
                bits.or(high, 2 * i + 1);
            } else if (CodeTable.has(dtype)) {
                asm.op(Op.VPSHUFB, low, bitsMask, low);
                asm.op(Op.VPSHUFB, high, bitsMask, high);
            }
            dotSmallCodes(4 * i, 16 + 4 * i, i == 0);
        }
        endSmallCodes(dtype == DType.Q4_0 ? Activations.START_8 : 0);
    }

    // First 16 columns, then last 16: each half has its own scale. The offset is that of Q6_K.
    private void twoScalesBlock() {
        prefetch(PackedMatrix.groupBlockBytes(dtype));
        for (int last = 0; last < 2; last++) {
            start(last == 0 ? Activations.START_FIRST_HALF : Activations.START_LAST_HALF);
            for (int i = 0; i < 4; i += 2) {
                lookUp(low, i, last);
                lookUp(high, i + 1, last);
                dot(16 * last + 4 * i, 16 * last + 4 * i + 4);
            }
            asm.op(Op.VCVTPH2PS, high, 0, halves(RDI, 256 + 32 * last));
            addScaled();
        }
    }

    private void signedNibbles() {
        for (int i = 0; i < 4; i++) {
            lookUp(low, i, 0);
            dotSignedCodes(4 * i);
            lookUp(low, i, 1);
            dotSignedCodes(16 + 4 * i);
        }
    }

    /** Whether all products of a block are added in 16 bits before they are widened. */
    private boolean addsWords() {
        return set == InstructionSet.AVX2 && WordSums.of(dtype) == WordSums.OF_BLOCK;
    }

    /**
     * Widens the sums of 16 bits.
     *
     * @param start the field with their start values; 0 if they start at 0
     */
    private void endSmallCodes(int start) {
        if (!addsWords()) {
            return;
        }
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPMADDWD, integer(m), integer(m), ones);
            if (start != 0) {
                asm.op(Op.VPBROADCASTD, temporary, 0, field(start, m));
                if (dtype == DType.INT3_16) {
                    asm.shift(Shift.SIGNED_INTS_RIGHT, temporary, temporary, 3);
                }
                asm.op(Op.VPADDD, integer(m), integer(m), temporary);
            }
        }
    }

    /** Like {@link #dot}, in 16 bits where they are enough. */
    private void dotSmallCodes(int lowColumn, int highColumn, boolean isFirst) {
        if (!addsWords()) {
            dot(lowColumn, highColumn);
            return;
        }
        for (int m = 0; m < height; m++) {
            int first = isFirst ? integer(m) : broadcast;
            asm.op(Op.VPBROADCASTD, first, 0, at(R10, 32 * m + lowColumn));
            asm.op(Op.VPMADDUBSW, first, low, first);
            if (!isFirst) {
                asm.op(Op.VPADDW, integer(m), integer(m), first);
            }
            asm.op(Op.VPBROADCASTD, temporary, 0, at(R10, 32 * m + highColumn));
            asm.op(Op.VPMADDUBSW, temporary, high, temporary);
            asm.op(Op.VPADDW, integer(m), integer(m), temporary);
        }
    }

    private void factor(Op widen, int target, int offset, int scales) {
        asm.op(widen, target, 0, at(weights, offset + 8 * half));
        scaled(target, scales);
    }

    /** Converts factors to fp32 and multiplies them with the fp16 numbers at {@code scales}. */
    private void scaled(int target, int scales) {
        asm.op(Op.VCVTDQ2PS, target, 0, target);
        asm.op(Op.VCVTPH2PS, temporary, 0, halves(RDI, scales));
        asm.op(Op.VMULPS, target, target, temporary);
    }

    /** The line's 64 bytes of 16 rows, or the half that is being computed. */
    private Address line(int offset) {
        return at(weights, offset + 32 * half);
    }

    private Address halves(int base, int offset) {
        return at(base, offset + 16 * half);
    }

    private Address field(int field, int m) {
        return at(R10, field * height + 4 * m);
    }

    private void startAtZero() {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPXOR, integer(m), integer(m), integer(m));
        }
    }

    private void start(int field) {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPBROADCASTD, integer(m), 0, field(field, m));
        }
    }

    /** Adds the products of the four columns in {@code low} and the four in {@code high}. */
    private void dot(int lowColumn, int highColumn) {
        switch (set) {
            case AMX, AVX512_VNNI, AVX_VNNI -> {
                for (int m = 0; m < height; m++) {
                    withAll(Op.VPDPBUSD, integer(m), low, at(R10, 32 * m + lowColumn));
                }
                for (int m = 0; m < height; m++) {
                    withAll(Op.VPDPBUSD, integer(m), high, at(R10, 32 * m + highColumn));
                }
            }
            case AVX2 -> {
                // Codes of up to six bits: the sum of two products is at most 16002, of four 32004.
                // So 16 bits hold it and nothing saturates.
                for (int m = 0; m < height; m++) {
                    asm.op(Op.VPBROADCASTD, broadcast, 0, at(R10, 32 * m + lowColumn));
                    asm.op(Op.VPMADDUBSW, broadcast, low, broadcast);
                    asm.op(Op.VPBROADCASTD, temporary, 0, at(R10, 32 * m + highColumn));
                    asm.op(Op.VPMADDUBSW, temporary, high, temporary);
                    asm.op(Op.VPADDW, broadcast, broadcast, temporary);
                    asm.op(Op.VPMADDWD, broadcast, broadcast, ones);
                    asm.op(Op.VPADDD, integer(m), integer(m), broadcast);
                }
            }
        }
    }

    // Codes of eight bits would saturate. Instead, multiply the magnitudes of the signed codes with
    // the activations, which take the codes' signs: two products are at most 2 * 128 * 127 = 32512.
    // The plane register holds the sign bits.
    private void dotSigned(int i) {
        asm.op(Op.VPXOR, low, plane, line(64 * i));
        dotSignedCodes(4 * i);
    }

    /** Adds the products of the signed codes in {@code low}. */
    private void dotSignedCodes(int column) {
        asm.op(Op.VPABSB, high, 0, low);
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPBROADCASTD, broadcast, 0, at(R10, 32 * m + column));
            asm.op(Op.VPSIGNB, broadcast, broadcast, low);
            asm.op(Op.VPMADDUBSW, broadcast, high, broadcast);
            asm.op(Op.VPMADDWD, broadcast, broadcast, ones);
            asm.op(Op.VPADDD, integer(m), integer(m), broadcast);
        }
    }

    /** {@code op target, second} with the same four bytes in all lanes. */
    private void withAll(Op op, int target, int second, Address address) {
        if (set.bits() == 512) {
            asm.opBroadcast(op, target, second, address);
        } else {
            asm.op(Op.VPBROADCASTD, broadcast, 0, address);
            asm.op(op, target, second, broadcast);
        }
    }

    // The high register holds the weight scales.
    private void addScaled() {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VCVTDQ2PS, integer(m), 0, integer(m));
            withAll(Op.VMULPS, temporary, high, field(Activations.SCALE, m));
            asm.op(Op.VFMADD231PS, sum(m), temporary, integer(m));
        }
    }

    // The low register holds the weight minimums.
    private void addMinimum(Op multiply) {
        for (int m = 0; m < height; m++) {
            withAll(multiply, sum(m), low, field(Activations.SCALED_SUM, m));
        }
    }

    // The low register holds the weight minimums divided by -32. fma(minimum, scale * sum) has the
    // same bits, because a power of two changes no rounding.
    private void addHalfMinimum(int field) {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPBROADCASTD, high, 0, field(field, m));
            asm.op(Op.VCVTDQ2PS, high, 0, high);
            withAll(Op.VMULPS, temporary, high, field(Activations.SCALE, m));
            asm.op(Op.VFMADD231PS, sum(m), temporary, low);
        }
    }

    /** Called once for each block or part of so many bytes, in each half. */
    private void prefetch(int bytes) {
        if (readsNextGroup) {
            readNextGroup(bytes / 2);
            return;
        }
        boolean reads = height <= MAX_READING_HEIGHT;
        if (half > 0 || reads && leavesReadingToHardware()) {
            return;
        }
        int distance = reads ? READING_PREFETCH_BYTES : PREFETCH_BYTES;
        for (int line = 0; line < bytes; line += 64) {
            asm.prefetch(weights, distance + line);
        }
    }

    /** Brings the next bytes to the second-level cache: a group may be larger than the first. */
    private void readNextGroup(int bytes) {
        for (int line = 0; line < bytes; line += 64) {
            asm.prefetchToSecondLevel(R14, line);
        }
        asm.addImmediate(R14, bytes);
    }

    private boolean leavesReadingToHardware() {
        return IS_AMD && set.bits() == 512;
    }

    private void nextBlock() {
        asm.addImmediate(R10, Activations.BLOCK_ROW_BYTES * height);
    }
}
