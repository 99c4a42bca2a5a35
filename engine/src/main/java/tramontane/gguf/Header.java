package tramontane.gguf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tramontane.tensor.DType;

/** The header of a file: metadata, and the description of each tensor. */
record Header(GgufMetadata metadata, Map<String, TensorInfo> tensors) {
    private static final int MAGIC = 0x46554747; // "GGUF" as a little-endian number
    private static final int MAX_KEYS = 65_536;
    private static final int MAX_TENSORS = 100_000;
    private static final int MAX_NAME_BYTES = 1_024;
    private static final int MAX_DIMENSIONS = 4;
    private static final int ALIGNMENT_DEFAULT = 32;
    private static final int MAX_ALIGNMENT = 1 << 20;

    /** A tensor in the header. Its offset is relative to the start of the data. */
    private record Entry(
            String name,
            DType dtype,
            Optional<ConvertedFormat> stored,
            long rows,
            long columns,
            long offset) {
        int blockElements() {
            return stored.map(ConvertedFormat::blockElements).orElse(dtype.blockElements());
        }

        int blockBytes() {
            return stored.map(ConvertedFormat::blockBytes).orElse(dtype.blockBytes());
        }

        String formatName() {
            return stored.map(Enum::name).orElse(dtype.name());
        }
    }

    static Header read(Bytes bytes) {
        Cursor cursor = new Cursor(bytes);
        checkMagicAndVersion(cursor);
        long tensorCount = cursor.count("tensor count", MAX_TENSORS);
        GgufMetadata metadata = readMetadata(bytes, cursor);
        List<Entry> entries = new ArrayList<>();
        for (long i = 0; i < tensorCount; i++) {
            entries.add(readEntry(cursor));
        }
        long alignment = alignment(metadata);
        long dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
        Map<String, TensorInfo> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
        for (Entry entry : entries) {
            if (tensors.put(entry.name(), locate(bytes, entry, dataStart, alignment)) != null) {
                throw new GgufException("tensor " + entry.name(), "appears twice");
            }
        }
        return new Header(metadata, tensors);
    }

    private static void checkMagicAndVersion(Cursor cursor) {
        if (cursor.int32("magic") != MAGIC) {
            throw new GgufException("magic", "is not \"GGUF\", this is no GGUF file");
        }
        int version = cursor.int32("version");
        if ((version & 0xFFFF) == 0 && version != 0) {
            throw new GgufException(
                    "version", "is big-endian, only little-endian files can be read");
        }
        if (version != 2 && version != 3) {
            throw new GgufException(
                    "version",
                    "is "
                            + Integer.toUnsignedString(version)
                            + ", only versions 2 and 3 can be read");
        }
    }

    private static GgufMetadata readMetadata(Bytes bytes, Cursor cursor) {
        long keyCount = cursor.count("metadata key count", MAX_KEYS);
        Map<String, MetadataValue> values = new LinkedHashMap<>();
        for (long i = 0; i < keyCount; i++) {
            String key = cursor.text("metadata key", Cursor.MAX_KEY_BYTES);
            if (values.put(key, cursor.value(key)) != null) {
                throw new GgufException(key, "appears twice");
            }
        }
        return new GgufMetadata(bytes, values);
    }

    private static long alignment(GgufMetadata metadata) {
        OptionalLong found = metadata.findLong("general.alignment");
        long alignment = found.orElse(ALIGNMENT_DEFAULT);
        if (alignment < 8 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw new GgufException(
                    "general.alignment",
                    "is "
                            + alignment
                            + ", a power of two from 8 to "
                            + MAX_ALIGNMENT
                            + " was expected");
        }
        return alignment;
    }

    private static Entry readEntry(Cursor cursor) {
        String name = cursor.text("tensor name", MAX_NAME_BYTES);
        String subject = "tensor " + name;
        int dimensions = cursor.int32(subject);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw new GgufException(
                    subject,
                    "has "
                            + Integer.toUnsignedString(dimensions)
                            + " dimensions, 1 to 4 were expected");
        }
        long columns = dimension(cursor, subject);
        long rows = 1;
        for (int i = 1; i < dimensions; i++) {
            rows = multiply(subject, rows, dimension(cursor, subject));
        }
        int format = cursor.int32(subject);
        Optional<ConvertedFormat> stored = ConvertedFormat.ofGgufId(format);
        DType dtype = stored.map(ConvertedFormat::target).orElseGet(() -> dtype(subject, format));
        return new Entry(name, dtype, stored, rows, columns, cursor.int64(subject));
    }

    private static long dimension(Cursor cursor, String subject) {
        long dimension = cursor.count(subject + " dimension", Long.MAX_VALUE);
        if (dimension == 0) {
            throw new GgufException(subject, "has a dimension of 0");
        }
        return dimension;
    }

    private static long multiply(String subject, long a, long b) {
        if (Math.multiplyHigh(a, b) != 0 || a * b < 0) {
            throw new GgufException(subject, "has more elements than 2^63");
        }
        return a * b;
    }

    private static DType dtype(String subject, int id) {
        Optional<DType> dtype = DType.ofGgufId(id);
        return dtype.orElseThrow(() ->
                new GgufException(
                        subject,
                        "has weight format "
                                + Integer.toUnsignedString(id)
                                + ", known formats are "
                                + knownFormats()));
    }

    private static String knownFormats() {
        return Stream.concat(
                        Arrays.stream(DType.values())
                                .filter(DType::isInFiles)
                                .map(type -> type + " (" + type.ggufId() + ")"),
                        Arrays.stream(ConvertedFormat.values())
                                .map(format -> format + " (" + format.ggufId() + ")"))
                .collect(Collectors.joining(", "));
    }

    private static TensorInfo locate(Bytes bytes, Entry entry, long dataStart, long alignment) {
        String subject = "tensor " + entry.name();
        if (entry.columns() % entry.blockElements() != 0) {
            throw new GgufException(
                    subject,
                    "has rows of "
                            + entry.columns()
                            + " elements, "
                            + entry.formatName()
                            + " needs a multiple of "
                            + entry.blockElements());
        }
        long rowBytes =
                multiply(subject, entry.columns() / entry.blockElements(), entry.blockBytes());
        long size = multiply(subject, entry.rows(), rowBytes);
        long offset = entry.offset();
        if (Long.remainderUnsigned(offset, alignment) != 0) {
            throw new GgufException(
                    subject,
                    "is at offset "
                            + Long.toUnsignedString(offset)
                            + ", which is not aligned to "
                            + alignment);
        }
        long available = bytes.size() - dataStart;
        if (offset < 0 || offset > available || size > available - offset) {
            throw new GgufException(
                    subject,
                    "needs "
                            + size
                            + " bytes at offset "
                            + Long.toUnsignedString(offset)
                            + " of the data, the file has "
                            + Math.max(0, available)
                            + " bytes of data; "
                            + Cursor.INCOMPLETE);
        }
        return new TensorInfo(
                entry.name(),
                entry.dtype(),
                entry.stored(),
                entry.rows(),
                entry.columns(),
                dataStart + offset);
    }
}
