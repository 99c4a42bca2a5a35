package tramontane.testkit;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes GGUF files. A value's Java type decides how it is stored: {@code String}, {@code Integer}
 * (uint32), {@code Long} (uint64), {@code Float}, {@code Double}, {@code Boolean}, {@code Byte}
 * (int8), {@code Short} (int16), {@code int[]} (int32), {@code float[]} and {@code List<String>}.
 */
public final class GgufWriter {
    private static final int ALIGNMENT_DEFAULT = 32;

    /** A tensor's bytes, written where there is no room to hold all tensors at once. */
    @FunctionalInterface
    public interface Data {
        void writeTo(OutputStream out) throws IOException;
    }

    private record Entry(String name, int typeId, long[] dimensions, long bytes, Data data) {}

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<Entry> tensors = new ArrayList<>();
    private int version = 3;

    public GgufWriter version(int version) {
        this.version = version;
        return this;
    }

    public GgufWriter put(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    /** Takes a key out again. */
    public GgufWriter remove(String key) {
        metadata.remove(key);
        return this;
    }

    /** Adds a tensor; {@code dimensions} begins with the one whose elements lie side by side. */
    public GgufWriter tensor(String name, int typeId, byte[] data, long... dimensions) {
        return tensor(name, typeId, data.length, out -> out.write(data), dimensions);
    }

    /** The same for a tensor that is made as it is written. */
    public GgufWriter tensor(String name, int typeId, long bytes, Data data, long... dimensions) {
        tensors.add(new Entry(name, typeId, dimensions, bytes, data));
        return this;
    }

    public void write(Path path) {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), 1 << 20)) {
            writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a split model: {@code NAME-00001-of-0000N.gguf} and so on, with the metadata in the
     * first part.
     *
     * @return the first part
     */
    public Path writeParts(Path folder, String name, int parts) {
        for (int part = 0; part < parts; part++) {
            GgufWriter out = new GgufWriter().version(version);
            if (part == 0) {
                out.metadata.putAll(metadata);
            }
            out.put("split.no", (short) part)
                    .put("split.count", (short) parts)
                    .put("split.tensors.count", tensors.size());
            int from = tensors.size() * part / parts;
            out.tensors.addAll(tensors.subList(from, tensors.size() * (part + 1) / parts));
            out.write(part(folder, name, part, parts));
        }
        return part(folder, name, 0, parts);
    }

    private static Path part(Path folder, String name, int part, int parts) {
        return folder.resolve("%s-%05d-of-%05d.gguf".formatted(name, part + 1, parts));
    }

    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private void writeTo(OutputStream file) throws IOException {
        int alignment = (int) metadata.getOrDefault("general.alignment", ALIGNMENT_DEFAULT);
        Out out = new Out();
        out.raw("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.int32(version);
        out.int64(tensors.size());
        out.int64(metadata.size());
        metadata.forEach((key, value) -> {
            out.string(key);
            writeValue(out, value);
        });
        long offset = 0;
        for (Entry tensor : tensors) {
            out.string(tensor.name());
            out.int32(tensor.dimensions().length);
            for (long dimension : tensor.dimensions()) {
                out.int64(dimension);
            }
            out.int32(tensor.typeId());
            out.int64(offset);
            offset += padded(tensor.bytes(), alignment);
        }
        out.pad(alignment);
        out.bytes.writeTo(file);
        for (Entry tensor : tensors) {
            tensor.data().writeTo(file);
            file.write(new byte[(int) (padded(tensor.bytes(), alignment) - tensor.bytes())]);
        }
    }

    private static long padded(long size, int alignment) {
        return (size + alignment - 1) / alignment * alignment;
    }

    private static void writeValue(Out out, Object value) {
        switch (value) {
            case Byte number -> out.type(1).int8(number);
            case Short number -> out.type(3).int16(number);
            case Integer number -> out.type(4).int32(number);
            case Float number -> out.type(6).int32(Float.floatToRawIntBits(number));
            case Boolean flag -> out.type(7).int8(flag ? 1 : 0);
            case String text -> out.type(8).string(text);
            case Long number -> out.type(10).int64(number);
            case Double number -> out.type(12).int64(Double.doubleToRawLongBits(number));
            case int[] numbers -> {
                out.type(9).type(5).int64(numbers.length);
                for (int number : numbers) {
                    out.int32(number);
                }
            }
            case float[] numbers -> {
                out.type(9).type(6).int64(numbers.length);
                for (float number : numbers) {
                    out.int32(Float.floatToRawIntBits(number));
                }
            }
            case List<?> texts -> {
                out.type(9).type(8).int64(texts.size());
                for (Object text : texts) {
                    out.string((String) text);
                }
            }
            default -> throw new IllegalArgumentException("no GGUF type for " + value.getClass());
        }
    }

    /** A growing little-endian buffer. */
    private static final class Out {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Out type(int number) {
            int32(number);
            return this;
        }

        void raw(byte[] data) {
            bytes.writeBytes(data);
        }

        void int8(int value) {
            bytes.write(value);
        }

        void int16(short value) {
            raw(little(2).putShort(value).array());
        }

        void int32(int value) {
            raw(little(4).putInt(value).array());
        }

        void int64(long value) {
            raw(little(8).putLong(value).array());
        }

        void string(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            int64(utf8.length);
            raw(utf8);
        }

        void pad(int alignment) {
            while (bytes.size() % alignment != 0) {
                bytes.write(0);
            }
        }

        private static ByteBuffer little(int size) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
