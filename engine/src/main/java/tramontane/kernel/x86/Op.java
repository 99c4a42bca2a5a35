package tramontane.kernel.x86;

/**
 * The vector instructions of the emitted kernels, with their opcodes. All but four take 512-bit
 * registers in their EVEX form. Those of the 256-bit kernels have a VEX form with the same opcode.
 * VBLENDPS, VPCMPEQD, VPERM2I128 and VPGATHERDD are used in their VEX form only.
 */
enum Op {
    VADDPS(1, 0, 0x58, 64),
    VBLENDMPS(2, 1, 0x65, 64),
    VBLENDPS(3, 1, 0x0C, 32),
    VBROADCASTI32X4(2, 1, 0x5A, 16),
    VBROADCASTSS(2, 1, 0x18, 4),
    VCMPPS(1, 0, 0xC2, 64),
    VANDPS(1, 0, 0x54, 64),
    VCVTDQ2PS(1, 0, 0x5B, 64),
    VCVTPH2PS(2, 1, 0x13, 32),
    VCVTPS2PH(3, 1, 0x1D, 32),
    VCVTPS2DQ(1, 1, 0x5B, 64),
    VDIVPS(1, 0, 0x5E, 64),
    VEXTRACTI32X4(3, 1, 0x39, 16),
    VFMADD213PS(2, 1, 0xA8, 64),
    VFMADD231PS(2, 1, 0xB8, 64),
    VFNMADD231PS(2, 1, 0xBC, 64),
    VMAXPS(1, 0, 0x5F, 64),
    VMOVUPS(1, 0, 0x10, 64),
    VMOVUPS_STORE(1, 0, 0x11, 64),
    VMULPS(1, 0, 0x59, 64),
    VPABSB(2, 1, 0x1C, 64),
    VPANDN(1, 1, 0xDF, 64),
    VPCMPEQD(1, 1, 0x76, 64),
    VDPBF16PS(2, 2, 0x52, 64),
    VPERM2I128(3, 1, 0x46, 32),
    VPGATHERDD(2, 1, 0x90, 4),
    VPACKUSDW(2, 1, 0x2B, 64),
    VPACKUSWB(1, 1, 0x67, 64),
    VPACKSSDW(1, 1, 0x6B, 64),
    VPACKSSWB(1, 1, 0x63, 64),
    VPADDD(1, 1, 0xFE, 64),
    VPADDW(1, 1, 0xFD, 64),
    VMINPS(1, 0, 0x5D, 64),
    VMOVD_STORE(1, 1, 0x7E, 4),
    VPAND(1, 1, 0xDB, 64),
    VPBROADCASTD(2, 1, 0x58, 4),
    VPDPBUSD(2, 1, 0x50, 64),
    VPMADDUBSW(2, 1, 0x04, 64),
    VPMADDWD(1, 1, 0xF5, 64),
    VPEXTRD(3, 1, 0x16, 4),
    VPEXTRW(3, 1, 0x15, 2),
    VPMOVDB(2, 2, 0x31, 16),
    VPMOVDW(2, 2, 0x33, 32),
    VPMOVSXBD(2, 1, 0x21, 16),
    VPMOVZXBD(2, 1, 0x31, 16),
    VPMOVZXDQ(2, 1, 0x35, 32),
    VPMOVZXWD(2, 1, 0x33, 32),
    VPOR(1, 1, 0xEB, 64),
    VPSHUFB(2, 1, 0x00, 64),
    VPSHUFD(1, 1, 0x70, 64),
    VPSIGNB(2, 1, 0x08, 64),
    VPSUBB(1, 1, 0xF8, 64),
    VPSUBD(1, 1, 0xFA, 64),
    VPTERNLOGD(3, 1, 0x25, 64),
    VPUNPCKHDQ(1, 1, 0x6A, 64),
    VPUNPCKLDQ(1, 1, 0x62, 64),
    VPXOR(1, 1, 0xEF, 64),
    VSCALEFPS(2, 1, 0x2C, 64),
    VSHUFPS(1, 0, 0xC6, 64),
    VSHUFF32X4(3, 1, 0x23, 64),
    VSQRTPS(1, 0, 0x51, 64),
    VSUBPS(1, 0, 0x5C, 64);

    /** Opcode map: 1 is 0F, 2 is 0F38, 3 is 0F3A. */
    final int map;

    /** Implied prefix: 0 none, 1 is 66, 2 is F3, 3 is F2. */
    final int prefix;

    final int code;

    /** Bytes that the 512-bit form reads from memory: the unit of its one-byte displacements. */
    final int memoryBytes;

    Op(int map, int prefix, int code, int memoryBytes) {
        this.map = map;
        this.prefix = prefix;
        this.code = code;
        this.memoryBytes = memoryBytes;
    }
}
