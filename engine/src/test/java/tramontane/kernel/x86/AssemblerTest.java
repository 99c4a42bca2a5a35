package tramontane.kernel.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R15;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;

import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tramontane.kernel.x86.Assembler.Shift;

/** Compares encodings with those of the GNU assembler 2.40; the comments are its input. */
class AssemblerTest {
    private static void check(String expected, Consumer<Assembler> instruction) {
        check(512, expected, instruction);
    }

    private static void checkNarrow(String expected, Consumer<Assembler> instruction) {
        check(256, expected, instruction);
    }

    private static void check(int bits, String expected, Consumer<Assembler> instruction) {
        Assembler asm = new Assembler(bits);
        instruction.accept(asm);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(asm.code())).isEqualTo(expected);
    }

    @Test
    void tileInstructionsAreEncodedAsByTheGnuAssembler() {
        // ldtilecfg (%rbx); 0x240(%rbx); 0x40(%r13)
        check("c4 e2 78 49 03", asm -> asm.loadTileConfiguration(at(RBX, 0)));
        check("c4 e2 78 49 83 40 02 00 00", asm -> asm.loadTileConfiguration(at(RBX, 0x240)));
        check("c4 c2 78 49 45 40", asm -> asm.loadTileConfiguration(at(R13, 0x40)));
        // tilerelease
        check("c4 e2 78 49 c0", Assembler::releaseTiles);
        // tileloadd (%r10,%r12,1), %tmm4; 0x200(%rdi,%r12,2), %tmm7; -0x480(%r10,%r12,1), %tmm5
        check("c4 82 7b 4b 24 22", asm -> asm.loadTile(4, at(R10, R12, 1, 0)));
        check("c4 a2 7b 4b bc 67 00 02 00 00", asm -> asm.loadTile(7, at(RDI, R12, 2, 0x200)));
        check("c4 82 7b 4b ac 22 80 fb ff ff", asm -> asm.loadTile(5, at(R10, R12, 1, -0x480)));
        // tilestored %tmm0, (%r13,%r12,2); %tmm3, 0x400(%r13,%r12,2)
        check("c4 82 7a 4b 44 65 00", asm -> asm.storeTile(0, at(R13, R12, 2, 0)));
        check("c4 82 7a 4b 9c 65 00 04 00 00", asm -> asm.storeTile(3, at(R13, R12, 2, 0x400)));
        // tilezero %tmm0; %tmm3
        check("c4 e2 7b 49 c0", asm -> asm.zeroTile(0));
        check("c4 e2 7b 49 d8", asm -> asm.zeroTile(3));
        // tdpbssd %tmm6, %tmm4, %tmm0; %tmm7, %tmm5, %tmm3
        check("c4 e2 4b 5e c4", asm -> asm.multiplyTiles(0, 4, 6));
        check("c4 e2 43 5e dd", asm -> asm.multiplyTiles(3, 5, 7));
    }

    @Test
    void instructionsOfLoopsAreEncodedAsByTheGnuAssembler() {
        // shr $16, %rcx; xchg %r15, %r13; test $1, %ecx
        check("48 c1 e9 10", asm -> asm.shiftRight(RCX, 16));
        check("49 c1 eb 01", asm -> asm.shiftRight(R11, 1));
        check("4d 87 fd", asm -> asm.exchange(R13, R15));
        check("f7 c1 01 00 00 00", asm -> asm.test(RCX, 1));
        // jz over the two bytes of the prefix and the opcode of what follows
        check(
                "0f 84 04 00 00 00 48 c1 e9 10",
                asm -> {
                    int jump = asm.jumpAheadIfZero();
                    asm.shiftRight(RCX, 16);
                    asm.land(jump);
                });
        // vpsubb %zmm18, %zmm1, %zmm0
        check("62 b1 75 48 f8 c2", asm -> asm.op(Op.VPSUBB, 0, 1, 18));
    }

    @Test
    void instructionsOfAttentionAreEncodedAsByTheGnuAssembler() {
        // vpsrad $2, %ymm14, %ymm14
        checkNarrow("c4 c1 0d 72 e6 02", asm -> asm.shift(Shift.SIGNED_INTS_RIGHT, 14, 14, 2));
        // vblendps $4, %ymm3, %ymm10, %ymm10
        checkNarrow("c4 63 2d 0c d3 04", asm -> asm.op(Op.VBLENDPS, 10, 10, 3, 4));
        // vpmovzxbd 0x38(%rdi), %ymm3; vbroadcastss 0x100(%r11), %ymm14
        checkNarrow("c4 e2 7d 31 5f 38", asm -> asm.op(Op.VPMOVZXBD, 3, 0, at(RDI, 0x38)));
        checkNarrow(
                "c4 42 7d 18 b3 00 01 00 00",
                asm -> asm.op(Op.VBROADCASTSS, 14, 0, at(R11, 0x100)));
        // movabs $0x1716151413121110, %rax; push %rax; movabs $0x0706050403020100, %rax; push %rax
        // vbroadcasti128 (%rsp), %ymm12 or vbroadcasti32x4 (%rsp), %zmm28; pop %rax; pop %rax
        byte[] table = new byte[16];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) (i + i / 8 * 8);
        }
        String pushes = "48 b8 10 11 12 13 14 15 16 17 50 48 b8 00 01 02 03 04 05 06 07 50 ";
        checkNarrow(pushes + "c4 62 7d 5a 24 24 58 58", asm -> asm.broadcastTable(12, table));
        check(pushes + "62 62 7d 48 5a 24 24 58 58", asm -> asm.broadcastTable(28, table));
        // push %r8; vpbroadcastd (%rsp), %ymm2; pop %r8
        checkNarrow("41 50 c4 e2 7d 58 14 24 41 58", asm -> asm.broadcast(2, R8));
        // mov %r8, %rax; vpbroadcastd %eax, %zmm2
        check("4c 89 c0 62 f2 7d 48 7c d0", asm -> asm.broadcast(2, R8));
    }
}
