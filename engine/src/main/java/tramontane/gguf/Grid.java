package tramontane.gguf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * The grids of the IQ formats: lists of vectors of four or eight values, of which a file holds the
 * indices. They are constants of llama.cpp's {@code ggml-common.h} (MIT licence, the ggml authors),
 * packed into the resource {@code grids.bin} by {@code src/test/golden/dequantize/grids.py}.
 */
enum Grid {
    IQ2_XXS(256),
    IQ2_XS(512),
    IQ2_S(1024),
    IQ1(2048),
    IQ3_XXS(256),
    IQ3_S(512);

    private final int entries;

    Grid(int entries) {
        this.entries = entries;
    }

    /**
     * The place of a value in the format's list of values: of three with eight values in an entry,
     * of eight with four.
     */
    int place(int entry, int i) {
        char word = Words.OF[ordinal()][entry];
        return this == IQ3_XXS || this == IQ3_S ? word >> 3 * i & 7 : word >> 2 * i & 3;
    }

    /** Read when the first tensor of an IQ format is. */
    private static final class Words {
        static final char[][] OF = new char[Grid.values().length][];

        static {
            try (InputStream in =
                    Objects.requireNonNull(Grid.class.getResourceAsStream("grids.bin"))) {
                for (Grid grid : Grid.values()) {
                    byte[] bytes = in.readNBytes(2 * grid.entries);
                    char[] words = new char[grid.entries];
                    for (int i = 0; i < words.length; i++) {
                        words[i] = (char) (bytes[2 * i] & 0xFF | bytes[2 * i + 1] << 8);
                    }
                    OF[grid.ordinal()] = words;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
