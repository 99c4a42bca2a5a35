package tramontane.image;

import java.util.Arrays;

/**
 * Decodes a key frame of VP8, which is what a lossy WebP picture is (RFC 6386; with libwebp's rules
 * where that leaves a choice). Blocks have 16 samples on a side in luma and 8 in chroma. All blocks
 * are predicted from unfiltered samples, so the loop filter runs last.
 */
final class Vp8Frame {
    private static final int BLOCK = 16;
    private static final int COEFFICIENTS = 25 * 16;
    private static final int CHROMA_AT = 256;
    private static final int Y2_AT = 384;

    /** The tree of modes of 4x4 parts: a positive entry leads on, others are modes. */
    private static final int[] PART_TREE = {
        -Vp8Prediction.DC,
        1,
        -Vp8Prediction.TRUE_MOTION,
        2,
        -Vp8Prediction.VERTICAL,
        3,
        4,
        6,
        -Vp8Prediction.HORIZONTAL,
        5,
        -4,
        -5,
        -6,
        7,
        -7,
        8,
        -8,
        -9
    };

    private final Vp8Header header;
    private final ImageSize size;
    private final int across;
    private final int down;
    private final Vp8Plane[] planes;
    private final Vp8Prediction[] predictions;
    private final Vp8Transform transform = new Vp8Transform();
    private final Vp8Coefficients reader;
    private final Vp8Quantizer[] quantizers = new Vp8Quantizer[4];
    private final int[] values = new int[COEFFICIENTS];
    private final int[] firsts = new int[16];
    private final Vp8Coefficients.Block block = new Vp8Coefficients.Block(values);

    /** The modes of the parts above, four for each block, and of the four on the left. */
    private final int[] modesAbove;

    private final int[] modesLeft = new int[4];
    private final int[] parts = new int[16];

    /** Whether the neighbours have coefficients: four of luma, two of each chroma, and y2. */
    private final int[][] filledAbove;

    private final int[] filledLeft = new int[9];

    /** How each block is filtered: its level, and whether also inside. */
    private final byte[] levels;

    private final boolean[] inside;

    private Vp8Frame(Vp8Header header, ImageSize size) {
        this.header = header;
        this.size = size;
        across = Math.ceilDiv(size.width(), BLOCK);
        down = Math.ceilDiv(size.height(), BLOCK);
        planes =
                new Vp8Plane[] {
                    new Vp8Plane(across * BLOCK, down * BLOCK),
                    new Vp8Plane(across * BLOCK / 2, down * BLOCK / 2),
                    new Vp8Plane(across * BLOCK / 2, down * BLOCK / 2)
                };
        predictions = Arrays.stream(planes).map(Vp8Prediction::new).toArray(Vp8Prediction[]::new);
        reader = new Vp8Coefficients(header.coefficients());
        for (int segment = 0; segment < quantizers.length; segment++) {
            quantizers[segment] = Vp8Quantizer.of(header, segment);
        }
        modesAbove = new int[across * 4];
        filledAbove = new int[across][9];
        levels = new byte[across * down];
        inside = new boolean[across * down];
    }

    /** The RGB bytes of a frame of a known size. */
    static byte[] decode(byte[] data, ImageSize size) throws ImageException {
        Vp8Frame frame = new Vp8Frame(Vp8Header.read(data), size);
        for (int y = 0; y < frame.down; y++) {
            Arrays.fill(frame.modesLeft, Vp8Prediction.DC);
            Arrays.fill(frame.filledLeft, 0);
            Vp8Bits coefficients = frame.header.partitions()[y % frame.header.partitions().length];
            for (int x = 0; x < frame.across; x++) {
                frame.block(x, y, coefficients);
            }
        }
        Vp8Filter filter = new Vp8Filter(frame.planes, frame.header.filter());
        for (int at = 0; at < frame.levels.length; at++) {
            filter.block(at % frame.across, at / frame.across, frame.levels[at], frame.inside[at]);
        }
        return Vp8Colors.rgb(frame.planes, frame.size);
    }

    private void block(int x, int y, Vp8Bits bits) {
        Vp8Bits modes = header.modes();
        int[] map = header.segments().map();
        int segment = 0;
        if (map.length > 0) {
            segment = modes.bit(map[0]) == 0 ? modes.bit(map[1]) : 2 + modes.bit(map[2]);
        }
        boolean skipped = header.skip() >= 0 && modes.bit(header.skip()) == 1;
        boolean subdivided = modes.bit(145) == 0;
        int luma = subdivided ? partModes(x, modes) : wholeMode(x, modes);
        int chroma = chromaMode(modes);
        boolean empty = true;
        if (skipped) {
            int y2 = filledLeft[8];
            int y2Above = filledAbove[x][8];
            Arrays.fill(filledLeft, 0);
            Arrays.fill(filledAbove[x], 0);
            if (subdivided) {
                filledLeft[8] = y2;
                filledAbove[x][8] = y2Above;
            }
        } else {
            empty = coefficients(x, quantizers[segment], subdivided, bits);
        }
        if (subdivided) {
            predictParts(x, y);
        } else {
            predictions[0].whole(planes[0].at(x * 16, y * 16), 16, luma, x == 0, y == 0);
            for (int part = 0; part < 16; part++) {
                transform.add(values, part * 16, planes[0], partAt(x, y, part));
            }
        }
        for (int plane = 1; plane < planes.length; plane++) {
            int at = planes[plane].at(x * 8, y * 8);
            predictions[plane].whole(at, 8, chroma, x == 0, y == 0);
            for (int part = 0; part < 4; part++) {
                transform.add(
                        values,
                        CHROMA_AT + (plane - 1) * 64 + part * 16,
                        planes[plane],
                        at + part / 2 * 4 * planes[plane].stride() + part % 2 * 4);
            }
        }
        levels[y * across + x] = (byte) header.level(segment, subdivided);
        inside[y * across + x] = subdivided || !empty;
        if (!empty) {
            Arrays.fill(values, 0);
        }
    }

    private int wholeMode(int x, Vp8Bits modes) {
        int mode =
                modes.bit(156) == 1
                        ? modes.bit(128) == 1 ? Vp8Prediction.TRUE_MOTION : Vp8Prediction.HORIZONTAL
                        : modes.bit(163) == 1 ? Vp8Prediction.VERTICAL : Vp8Prediction.DC;
        Arrays.fill(modesAbove, x * 4, x * 4 + 4, mode);
        Arrays.fill(modesLeft, mode);
        return mode;
    }

    private int partModes(int x, Vp8Bits modes) {
        for (int part = 0; part < 16; part++) {
            int above = x * 4 + part % 4;
            int left = part / 4;
            int table =
                    (modesAbove[above] * Vp8Prediction.MODES + modesLeft[left])
                            * Vp8Tables.MODE_NODES;
            int node = PART_TREE[modes.bit(Vp8Tables.MODES[table])];
            while (node > 0) {
                node = PART_TREE[2 * node + modes.bit(Vp8Tables.MODES[table + node])];
            }
            parts[part] = -node;
            modesAbove[above] = -node;
            modesLeft[left] = -node;
        }
        return Vp8Prediction.DC;
    }

    private static int chromaMode(Vp8Bits modes) {
        if (modes.bit(142) == 0) {
            return Vp8Prediction.DC;
        }
        if (modes.bit(114) == 0) {
            return Vp8Prediction.VERTICAL;
        }
        return modes.bit(183) == 1 ? Vp8Prediction.TRUE_MOTION : Vp8Prediction.HORIZONTAL;
    }

    /** Reads a block's coefficients; true if all are 0. */
    private boolean coefficients(int x, Vp8Quantizer steps, boolean subdivided, Vp8Bits bits) {
        int[] above = filledAbove[x];
        boolean empty = true;
        int kind = Vp8Coefficients.LUMA;
        int first = 0;
        if (!subdivided) {
            block.of(Y2_AT, steps.y2Dc(), steps.y2Ac());
            int end = reader.read(bits, Vp8Coefficients.Y2, above[8] + filledLeft[8], 0, block);
            above[8] = end > 0 ? 1 : 0;
            filledLeft[8] = above[8];
            System.arraycopy(values, Y2_AT, firsts, 0, 16);
            Arrays.fill(values, Y2_AT, Y2_AT + 16, 0);
            transform.firstCoefficients(firsts, values);
            for (int part = 0; part < 16; part++) {
                empty &= values[part * 16] == 0;
            }
            kind = Vp8Coefficients.LUMA_AFTER_Y2;
            first = 1;
        }
        for (int part = 0; part < 16; part++) {
            block.of(part * 16, steps.yDc(), steps.yAc());
            empty &= part(bits, kind, first, above, new int[] {part % 4, part / 4});
        }
        for (int part = 0; part < 8; part++) {
            int base = part < 4 ? 4 : 6;
            block.of(CHROMA_AT + part * 16, steps.uvDc(), steps.uvAc());
            empty &=
                    part(
                            bits,
                            Vp8Coefficients.CHROMA,
                            0,
                            above,
                            new int[] {base + part % 2, base + part % 4 / 2});
        }
        return empty;
    }

    /** Reads one 4x4 part; true if it has no coefficients. */
    private boolean part(Vp8Bits bits, int kind, int first, int[] above, int[] places) {
        int context = above[places[0]] + filledLeft[places[1]];
        int end = reader.read(bits, kind, context, first, block);
        int filled = end > first ? 1 : 0;
        above[places[0]] = filled;
        filledLeft[places[1]] = filled;
        return filled == 0;
    }

    private int partAt(int x, int y, int part) {
        return planes[0].at(x * 16 + part % 4 * 4, y * 16 + part / 4 * 4);
    }

    /** Parts are predicted from each other, so each gets its coefficients at once. */
    private void predictParts(int x, int y) {
        int stride = planes[0].stride();
        int ahead = planes[0].at(x * 16 + 16, y * 16 - 1);
        if (y > 0 && x == across - 1) {
            // Behind the last block, its last sample above is repeated.
            for (int i = 0; i < 4; i++) {
                planes[0].set(ahead + i, planes[0].get(ahead - 1));
            }
        }
        for (int part = 0; part < 16; part++) {
            int at = partAt(x, y, part);
            // The block on the right is not decoded yet, so its samples above serve all four rows.
            predictions[0].part(at, parts[part], part % 4 == 3 ? ahead : at - stride + 4);
            transform.add(values, part * 16, planes[0], at);
        }
    }
}
