package tramontane.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Small files that ask the decoder for much. */
class LosslessWebpTest {
    private static final ImageLimits LIMITS = new ImageLimits(1, 1 << 20, 1 << 20);
    private static final int SIDE = 64;

    /** Writes bits, those of lowest value first. */
    private static final class Bits {
        private final BitSet bits = new BitSet();
        private int length;

        Bits put(int value, int count) {
            for (int i = 0; i < count; i++) {
                bits.set(length++, (value >> i & 1) == 1);
            }
            return this;
        }

        /** A code with one symbol, which takes no bits. */
        Bits only(int symbol) {
            return put(1, 1).put(0, 1).put(1, 1).put(symbol, 8);
        }

        /** Codes of a picture in one colour. */
        Bits color(int red, int green) {
            return only(green).only(red).only(0).only(255).only(0);
        }

        /** A file with a lossless picture. */
        byte[] file() {
            byte[] content = new byte[length / 8 + 9];
            byte[] written = bits.toByteArray();
            System.arraycopy(written, 0, content, 0, written.length);
            return WebpHeader.lossless(content);
        }
    }

    private static Bits header() {
        return new Bits().put(0x2f, 8).put(SIDE - 1, 14).put(SIDE - 1, 14).put(0, 1).put(0, 3);
    }

    /** A prediction from the left, for blocks of 4 x 4 pixels. */
    private static Bits predictors(int count) {
        Bits bits = header();
        for (int i = 0; i < count; i++) {
            bits.put(1, 1).put(0, 2).put(0, 3).put(0, 1).color(0, 1);
        }
        return bits.put(0, 1).put(0, 1).put(0, 1).color(3, 4);
    }

    /** One group of codes is used of so many. */
    private static Bits groups(int count) {
        Bits bits = header().put(0, 1).put(0, 1).put(1, 1).put(7, 3).put(0, 1);
        bits.color(count - 1 >> 8, count - 1 & 0xff);
        for (int i = 0; i < count; i++) {
            bits.color(3, 4);
        }
        return bits;
    }

    private static Picture decoded(Bits bits) throws Exception {
        return new ImageDecoder(LIMITS).decode(bits.file(), picture -> picture);
    }

    @Test
    void aTransformIsReadOnce() throws Exception {
        assertThat(decoded(predictors(0)).rgb()).startsWith(3, 4, 0, 3, 4, 0);
        assertThat(decoded(predictors(1)).rgb()).startsWith(3, 4, 0, 6, 8, 0);
        assertThatThrownBy(() -> decoded(predictors(2)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void groupsOfCodesAreBounded() throws Exception {
        assertThat(decoded(groups(4096)).rgb()).startsWith(3, 4, 0);
        assertThatThrownBy(() -> decoded(groups(4097)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("more than 4096 groups");
    }
}
