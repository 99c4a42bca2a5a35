package tramontane.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Random tensors of large models. They are written to the file piece by piece.
 *
 * <pre>
 * Q4_K block: d fp16 | dmin fp16 | 12 bytes of scales | 128 bytes of nibbles     x = d s q - dmin m
 * Q6_K block: 192 bytes of levels | 16 int8 scales | d fp16                      x = d s (q - 32)
 * </pre>
 *
 * Levels and scales are random bits, all of which are valid; d is set so that the weights of a row
 * have a variance of about 1 / columns, and dmin so that their mean is about 0.
 */
record RandomTensors(GgufWriter out, long seed) {
    private static final int BLOCK = 256;
    private static final int CHUNK_BLOCKS = 16_384;

    // Levels of 0 to 15 have a deviation of 4.6, and scales of 0 to 63 a mean of 31.5 (root mean
    // square 36): d = 1 / (4.6 * 36 * sqrt(columns)).
    private static final double Q4_SCALE = 1 / (4.6 * 36);

    // Levels less 32 have a deviation of 18.5, scales of -16 to 15 one of 9.2.
    private static final double Q6_SCALE = 1 / (18.5 * 9.2);

    void norm(String name, int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(ones), size);
    }

    /** Small matrices in one tensor, in a format that has a quantizer here. */
    void small(String name, WeightFormat format, int count, int rows, int columns) {
        float spread = (float) Math.sqrt(3.0 / columns);
        float[] values =
                TinyWeights.uniform(
                        seed, name, count * rows * columns, new TinyWeights.Interval(0, spread));
        long[] dimensions =
                count == 1 ? new long[] {columns, rows} : new long[] {columns, rows, count};
        out.tensor(name, format.typeId(), format.encode(values), dimensions);
    }

    void matrix(String name, WeightFormat format, int rows, int columns) {
        out.tensor(
                name,
                format.typeId(),
                bytes(format, (long) rows * columns),
                data(name, format, (long) rows * columns, columns),
                columns,
                rows);
    }

    /** Several matrices in one tensor. */
    void matrices(String name, WeightFormat format, int count, int rows, int columns) {
        long elements = (long) count * rows * columns;
        out.tensor(
                name,
                format.typeId(),
                bytes(format, elements),
                data(name, format, elements, columns),
                columns,
                rows,
                count);
    }

    private static int blockBytes(WeightFormat format) {
        return switch (format) {
            case Q4_K -> 144;
            case Q6_K -> 210;
            default -> throw new IllegalArgumentException(format + " is not written here");
        };
    }

    private static long bytes(WeightFormat format, long elements) {
        return elements / BLOCK * blockBytes(format);
    }

    private GgufWriter.Data data(String name, WeightFormat format, long elements, int columns) {
        long blocks = elements / BLOCK;
        double deviation = 1 / Math.sqrt(columns);
        return file -> {
            SplittableRandom random = new SplittableRandom(seed + name.hashCode());
            for (long done = 0; done < blocks; done += CHUNK_BLOCKS) {
                int count = (int) Math.min(CHUNK_BLOCKS, blocks - done);
                byte[] bytes = new byte[count * blockBytes(format)];
                random.nextBytes(bytes);
                setScales(bytes, format, deviation);
                file.write(bytes);
            }
        };
    }

    private static void setScales(byte[] bytes, WeightFormat format, double deviation) {
        ByteBuffer blocks = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (format == WeightFormat.Q4_K) {
            float scale = (float) (Q4_SCALE * deviation);
            for (int at = 0; at < bytes.length; at += 144) {
                blocks.putShort(at, Float.floatToFloat16(scale));
                blocks.putShort(at + 2, Float.floatToFloat16(7.5f * scale));
            }
        } else {
            float scale = (float) (Q6_SCALE * deviation);
            for (int at = 0; at < bytes.length; at += 210) {
                for (int each = at + 192; each < at + 208; each++) {
                    bytes[each] = (byte) (bytes[each] >> 3);
                }
                blocks.putShort(at + 208, Float.floatToFloat16(scale));
            }
        }
    }
}
