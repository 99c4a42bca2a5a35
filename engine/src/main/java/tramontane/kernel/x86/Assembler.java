package tramontane.kernel.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Encodes x86-64 machine code: the vector instructions of {@link Op} at one width, and the scalar
 * instructions that loops need.
 *
 * <pre>
 * EVEX (512 bits)  62 | ~R ~X ~B ~R' 0 map | W ~vvvv 1 pp | z L'L b ~V' aaa | opcode | ModRM [SIB] [disp] [imm]
 * VEX  (256 bits)  C4 | ~R ~X ~B map       | W ~vvvv L pp |                   opcode | ModRM [SIB] [disp] [imm]
 * </pre>
 *
 * The bit fields are those of the Intel 64 manual, volume 2, chapter 2.
 */
final class Assembler {
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSP = 4;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;
    static final int R8 = 8;
    static final int R9 = 9;
    static final int R10 = 10;
    static final int R11 = 11;
    static final int R12 = 12;
    static final int R13 = 13;
    static final int R14 = 14;
    static final int R15 = 15;

    private static final int NO_INDEX = 4;
    private static final int BROADCAST = 16;
    private static final int ZEROING = 128;

    /** A memory operand: base + index * scale + displacement. */
    record Address(int base, int index, int scale, int displacement) {
        static Address at(int base, int displacement) {
            return new Address(base, NO_INDEX, 1, displacement);
        }

        static Address at(int base, int index, int scale, int displacement) {
            return new Address(base, index, scale, displacement);
        }
    }

    private final boolean wide;

    /** 0 for 128 bits, 1 for 256, 2 for 512. */
    private int length;

    private byte[] code = new byte[4096];
    private int size;

    /**
     * @param bits 512 for EVEX encodings, 256 for VEX
     */
    Assembler(int bits) {
        wide = bits == 512;
        width(bits);
    }

    /** Sets the vector length of the following instructions. The encoding, EVEX or VEX, stays. */
    void width(int bits) {
        length = Integer.numberOfTrailingZeros(bits / 128);
    }

    /** Whether it encodes for 512 bits: with masks, broadcasts from memory and 32 registers. */
    boolean isWide() {
        return wide;
    }

    /** The offsets of the vectors that hold the sixteen virtual lanes: one vector, or two. */
    int[] lanesOffsets() {
        return wide ? new int[] {0} : new int[] {0, 32};
    }

    byte[] code() {
        return Arrays.copyOf(code, size);
    }

    /** The offset of the next instruction, for a later jump back. */
    int here() {
        return size;
    }

    private void emit(int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) value;
    }

    private void emit4(int value) {
        emit(value);
        emit(value >> 8);
        emit(value >> 16);
        emit(value >> 24);
    }

    private static int bit(int value, int index) {
        return value >> index & 1;
    }

    // Bits 1 and 0 of xb become X and B. Register numbers are stored inverted in both prefixes.
    private void prefix(Op op, int reg, int second, int xb, int options) {
        int low = (bit(~reg, 3) << 7) | ((~xb & 3) << 5) | op.map;
        int middle = ((~second & 15) << 3) | op.prefix;
        if (wide) {
            emit(0x62);
            emit(low | bit(~reg, 4) << 4);
            emit(middle | 4);
            emit(length << 5 | options | bit(~second, 4) << 3);
        } else {
            emit(0xC4);
            emit(low);
            emit(middle | length << 2);
        }
        emit(op.code);
    }

    private static int xb(Address address) {
        return bit(address.index, 3) << 1 | bit(address.base, 3);
    }

    /**
     * {@code op reg, second, third}, all vector registers. Two-operand instructions take 0 as
     * {@code second}.
     */
    void op(Op op, int reg, int second, int third) {
        prefix(op, reg, second, third >> 3, 0);
        emit(0xC0 | (reg & 7) << 3 | third & 7);
    }

    /** {@code op reg, second, [address]}. */
    void op(Op op, int reg, int second, Address address) {
        prefix(op, reg, second, xb(address), 0);
        modRm(reg, address, wide ? unit(op) : 1);
    }

    /** {@code op reg, second, [address]{1to16}}: one 4-byte value for all lanes; 512 bits only. */
    void opBroadcast(Op op, int reg, int second, Address address) {
        prefix(op, reg, second, xb(address), BROADCAST);
        modRm(reg, address, 4);
    }

    private int unit(Op op) {
        return op.memoryBytes <= 4 ? op.memoryBytes : op.memoryBytes << length >> 2;
    }

    /**
     * An instruction with zeroing: lanes whose bit in the mask register is clear become 0. EVEX
     * only.
     */
    void opZeroing(Op op, int reg, int second, int third, int mask) {
        prefix(op, reg, second, third >> 3, ZEROING | mask);
        emit(0xC0 | (reg & 7) << 3 | third & 7);
    }

    /**
     * An instruction with merging: lanes whose bit in the mask register is clear keep their value.
     * EVEX only.
     */
    void opMasked(Op op, int reg, int second, int third, int mask) {
        prefix(op, reg, second, third >> 3, mask);
        emit(0xC0 | (reg & 7) << 3 | third & 7);
    }

    /**
     * A load with zeroing: lanes whose bit in the mask register is clear become 0, and their memory
     * is not read. EVEX only.
     */
    void loadZeroing(int reg, Address address, int mask) {
        prefix(Op.VMOVUPS, reg, 0, xb(address), ZEROING | mask);
        modRm(reg, address, unit(Op.VMOVUPS));
    }

    /** A store of the lanes whose bit in the mask register is set. EVEX only. */
    void storeMasked(int reg, Address address, int mask) {
        prefix(Op.VMOVUPS_STORE, reg, 0, xb(address), mask);
        modRm(reg, address, unit(Op.VMOVUPS_STORE));
    }

    /** Sets the low 16 bits of a mask register from a general register below R8. */
    void moveToMask(int mask, int register) {
        emit(0xC5);
        emit(0xF8);
        emit(0x92);
        emit(0xC0 | mask << 3 | register);
    }

    /** Like {@link #op(Op, int, int, Address)} with an immediate byte. */
    void op(Op op, int reg, int second, Address address, int immediate) {
        op(op, reg, second, address);
        emit(immediate);
    }

    /** Like {@link #op(Op, int, int, int)} with an immediate byte. */
    void op(Op op, int reg, int second, int third, int immediate) {
        op(op, reg, second, third);
        emit(immediate);
    }

    /**
     * Shifts of whole lanes by a constant. In their encoding, the reg field selects the shift and
     * vvvv is the target.
     */
    enum Shift {
        WORDS_LEFT(0x71, 6),
        WORDS_RIGHT(0x71, 2),
        INTS_LEFT(0x72, 6),
        INTS_RIGHT(0x72, 2),
        SIGNED_INTS_RIGHT(0x72, 4),
        LONGS_RIGHT(0x73, 2);

        final int code;
        final int field;

        Shift(int code, int field) {
            this.code = code;
            this.field = field;
        }
    }

    void shift(Shift shift, int target, int source, int count) {
        int w = shift == Shift.LONGS_RIGHT && wide ? 0x80 : 0;
        int low = 0x80 | bit(~source, 4) << 6 | bit(~source, 3) << 5 | 1;
        int middle = w | ((~target & 15) << 3) | 1;
        if (wide) {
            emit(0x62);
            emit(low | 16);
            emit(middle | 4);
            emit(length << 5 | bit(~target, 4) << 3);
        } else {
            emit(0xC4);
            emit(low | 0x40);
            emit(middle | length << 2);
        }
        emit(shift.code);
        emit(0xC0 | shift.field << 3 | source & 7);
        emit(count);
    }

    // In EVEX encodings, a one-byte displacement counts units of the memory operand (disp8*N); in
    // others, bytes.
    private void modRm(int reg, Address address, int unit) {
        int displacement = address.displacement;
        boolean fits =
                displacement % unit == 0 && displacement / unit == (byte) (displacement / unit);
        boolean none = displacement == 0 && (address.base & 7) != RBP;
        int mod = none ? 0 : fits ? 0x40 : 0x80;
        boolean sib = address.index != NO_INDEX || (address.base & 7) == RSP;
        emit(mod | (reg & 7) << 3 | (sib ? 4 : address.base & 7));
        if (sib) {
            emit(
                    Integer.numberOfTrailingZeros(address.scale) << 6
                            | (address.index & 7) << 3
                            | address.base & 7);
        }
        if (mod == 0x40) {
            emit(displacement / unit);
        } else if (mod == 0x80) {
            emit4(displacement);
        }
    }

    /** Sets all lanes of a vector to {@code value}. Overwrites RAX. */
    void broadcastConstant(int register, int value) {
        moveImmediate(RAX, value);
        broadcast(register, RAX);
    }

    /** Sets all parts of 128 bits of a vector to 16 bytes. Overwrites RAX. */
    void broadcastTable(int register, byte[] table) {
        ByteBuffer words = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 8; at >= 0; at -= 8) {
            rexW(0, RAX);
            emit(0xB8);
            emit4(words.getInt(at));
            emit4(words.getInt(at + 4));
            push(RAX);
        }
        op(Op.VBROADCASTI32X4, register, 0, Address.at(RSP, 0));
        pop(RAX);
        pop(RAX);
    }

    /**
     * Sets all lanes of a vector to the low half of a general register other than RSP. Overwrites
     * RAX.
     */
    void broadcast(int register, int general) {
        if (!wide) {
            // The VEX form of the instruction takes only a memory operand.
            push(general);
            op(Op.VPBROADCASTD, register, 0, Address.at(RSP, 0));
            pop(general);
            return;
        }
        if (general != RAX) {
            move(RAX, general);
        }
        emit(0x62);
        emit(bit(~register, 3) << 7 | 1 << 6 | 1 << 5 | bit(~register, 4) << 4 | 2);
        emit(15 << 3 | 4 | 1);
        emit(length << 5 | 8);
        emit(0x7C);
        emit(0xC0 | (register & 7) << 3 | RAX);
    }

    private void rexW(int reg, int rm) {
        emit(0x48 | bit(reg, 3) << 2 | bit(rm, 3));
    }

    void move(int target, int source) {
        rexW(source, target);
        emit(0x89);
        emit(0xC0 | (source & 7) << 3 | target & 7);
    }

    void load(int target, Address address) {
        emit(0x48 | bit(target, 3) << 2 | bit(address.index, 3) << 1 | bit(address.base, 3));
        emit(0x8B);
        modRm(target, address, 1);
    }

    /** {@code target = base + index * scale + displacement}. */
    void address(int target, Address address) {
        emit(0x48 | bit(target, 3) << 2 | bit(address.index, 3) << 1 | bit(address.base, 3));
        emit(0x8D);
        modRm(target, address, 1);
    }

    /** Sets the low half; the high half becomes 0. */
    void moveImmediate(int target, int value) {
        if (target > 7) {
            emit(0x41);
        }
        emit(0xB8 | target & 7);
        emit4(value);
    }

    void add(int target, int source) {
        rexW(source, target);
        emit(0x01);
        emit(0xC0 | (source & 7) << 3 | target & 7);
    }

    void addImmediate(int target, int value) {
        rexW(0, target);
        emit(0x81);
        emit(0xC0 | target & 7);
        emit4(value);
    }

    /** Shifts zeros in from the left. */
    void shiftRight(int register, int count) {
        rexW(0, register);
        emit(0xC1);
        emit(0xE8 | register & 7);
        emit(count);
    }

    /** Sets the zero flag if no bit of {@code value} is set in a general register below R8. */
    void test(int register, int value) {
        emit(0xF7);
        emit(0xC0 | register);
        emit4(value);
    }

    void exchange(int first, int second) {
        rexW(second, first);
        emit(0x87);
        emit(0xC0 | (second & 7) << 3 | first & 7);
    }

    void multiplyImmediate(int register, int value) {
        rexW(register, register);
        emit(0x69);
        emit(0xC0 | (register & 7) << 3 | register & 7);
        emit4(value);
    }

    /** Sets the zero flag when {@code register} becomes 0. */
    void decrement(int register) {
        rexW(0, register);
        emit(0xFF);
        emit(0xC8 | register & 7);
    }

    /** Sets the sign flag when {@code register} becomes negative. */
    void subtractImmediate(int register, int value) {
        rexW(0, register);
        emit(0x81);
        emit(0xE8 | register & 7);
        emit4(value);
    }

    void jumpIfNotZero(int target) {
        jump(0x85, target);
    }

    void jumpIfNotNegative(int target) {
        jump(0x89, target);
    }

    /** A jump to code that is emitted later, where {@link #land} takes the result. */
    int jumpAheadIfZero() {
        jump(0x84, 0);
        return size;
    }

    /** Like {@link #jumpAheadIfZero}. */
    int jumpAheadIfNotZero() {
        jump(0x85, 0);
        return size;
    }

    /** Like {@link #jumpAheadIfZero}, always. */
    int jumpAhead() {
        emit(0xE9);
        emit4(0);
        return size;
    }

    /** Makes the next instruction the target of a jump. */
    void land(int jump) {
        int distance = size - jump;
        for (int i = 0; i < 4; i++) {
            code[jump - 4 + i] = (byte) (distance >> 8 * i);
        }
    }

    private void jump(int condition, int target) {
        emit(0x0F);
        emit(condition);
        emit4(target - (size + 4));
    }

    void push(int register) {
        if (register > 7) {
            emit(0x41);
        }
        emit(0x50 | register & 7);
    }

    void pop(int register) {
        if (register > 7) {
            emit(0x41);
        }
        emit(0x58 | register & 7);
    }

    /** Prefetches the cache line at an address into the first-level cache. */
    void prefetch(int base, int displacement) {
        prefetch(base, displacement, 1);
    }

    /** Into the second-level cache only. */
    void prefetchToSecondLevel(int base, int displacement) {
        prefetch(base, displacement, 2);
    }

    private void prefetch(int base, int displacement, int level) {
        if (base > 7) {
            emit(0x41);
        }
        emit(0x0F);
        emit(0x18);
        modRm(level, Address.at(base, displacement), 1);
    }

    /** Prefetches the cache line at an address into the second-level cache. */
    void prefetchFar(Address address) {
        int xb = xb(address);
        if (xb != 0) {
            emit(0x40 | xb);
        }
        emit(0x0F);
        emit(0x18);
        modRm(2, address, 1);
    }

    // AMX instructions have VEX prefixes, also among EVEX code.
    private void tilePrefix(int prefix, int second, int xb, int code) {
        emit(0xC4);
        emit(0x80 | (~xb & 3) << 5 | 2);
        emit((~second & 15) << 3 | prefix);
        emit(code);
    }

    /** Configures the tile registers from 64 bytes and zeroes them. */
    void loadTileConfiguration(Address address) {
        tilePrefix(0, 0, xb(address), 0x49);
        modRm(0, address, 1);
    }

    /** Returns the tile registers to their initial state, which the system need not save. */
    void releaseTiles() {
        tilePrefix(0, 0, 0, 0x49);
        emit(0xC0);
    }

    /** Loads a tile register. The index of the address is the distance of its rows in bytes. */
    void loadTile(int tile, Address address) {
        tilePrefix(3, 0, xb(address), 0x4B);
        modRm(tile, address, 1);
    }

    void storeTile(int tile, Address address) {
        tilePrefix(2, 0, xb(address), 0x4B);
        modRm(tile, address, 1);
    }

    void zeroTile(int tile) {
        tilePrefix(3, 0, 0, 0x49);
        emit(0xC0 | tile << 3);
    }

    /** Adds to the int32 of {@code sum} the products of the int8 of {@code a} and {@code b}. */
    void multiplyTiles(int sum, int a, int b) {
        tilePrefix(3, b, 0, 0x5E);
        emit(0xC0 | sum << 3 | a);
    }

    /** Adds to the fp32 of {@code sum} the products of the bf16 of {@code a} and {@code b}. */
    void multiplyBf16Tiles(int sum, int a, int b) {
        tilePrefix(2, b, 0, 0x5C);
        emit(0xC0 | sum << 3 | a);
    }

    /**
     * Returns to the caller. First clears the upper halves of the vector registers, which would
     * slow down code that uses narrower vectors.
     */
    void returnToCaller() {
        emit(0xC5);
        emit(0xF8);
        emit(0x77);
        emit(0xC3);
    }
}
