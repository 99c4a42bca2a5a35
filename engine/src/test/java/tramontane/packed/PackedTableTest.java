package tramontane.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.FileIdentity;
import tramontane.packed.MatrixKey.Form;
import tramontane.tensor.DType;

/** The table of a file of packed weights. */
class PackedTableTest {
    private static final int FILE_BYTES = 65_536;
    private static final int TABLE_BYTES_AT = 12;
    private static final int SUM_AT = 16;

    @TempDir Path folder;

    private static StoredMatrix matrix(long offset, long pieceBytes, Integer... sums) {
        MatrixKey key = new MatrixKey("blk.0.x", Form.PACKED, DType.Q8_0, 20, 64);
        return new StoredMatrix(key, offset, pieceBytes, List.of(sums));
    }

    private static PackedTable table(StoredMatrix... matrices) {
        return new PackedTable(
                FILE_BYTES,
                "/models/a.gguf",
                List.of(new FileIdentity(1, 2, 3, 4), new FileIdentity(5, 6, 7, 8)),
                List.of(matrices),
                List.of(new StoredBytes("other", 12_288, 100, 7)));
    }

    private PackedTable read(byte[] table) throws IOException, PackedTable.UnusableException {
        Path file = Files.write(folder.resolve("x.packed"), Arrays.copyOf(table, FILE_BYTES));
        try (FileChannel channel = FileChannel.open(file)) {
            return PackedTable.read(channel);
        }
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        // Two groups of two blocks of 544 bytes.
        PackedTable table =
                table(matrix(4096, 2000, 1, -2), matrix(8192, 4 << 20, Integer.MIN_VALUE));
        assertThat(read(table.toBytes())).isEqualTo(table);
    }

    @Test
    void matricesOutsideTheFileAreRefused() {
        refused(matrix(4097, 4096, 1), "blk.0.x is not within the file");
        refused(matrix(-4096, 4096, 1), "blk.0.x is not within the file");
        refused(matrix(FILE_BYTES, 4096, 1), "blk.0.x is not within the file");
        refused(matrix(1L << 62, 4096, 1), "blk.0.x is not within the file");
        refused(matrix(4096, 0, 1), "blk.0.x has pieces of 0 bytes");
        refused(matrix(4096, 1L << 40, 1), "blk.0.x has pieces of 1099511627776 bytes");
    }

    private void refused(StoredMatrix matrix, String reason) {
        assertThatThrownBy(() -> read(table(matrix).toBytes()))
                .isInstanceOf(PackedTable.UnusableException.class)
                .hasMessage("it is damaged: " + reason);
    }

    /** With a checksum that is right, so that the values themselves are looked at. */
    @Test
    void aForgedTableIsReadOrRefused() throws Exception {
        byte[] sound = table(matrix(4096, 2000, 1, -2), matrix(8192, 4 << 20, 9)).toBytes();
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] forged = sound.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at =
                        PackedTable.PREFIX_BYTES
                                + random.nextInt(forged.length - PackedTable.PREFIX_BYTES);
                forged[at] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
            }
            CRC32C sum = new CRC32C();
            ByteBuffer bytes = ByteBuffer.wrap(forged);
            sum.update(forged, PackedTable.PREFIX_BYTES, bytes.getInt(TABLE_BYTES_AT));
            bytes.putInt(SUM_AT, (int) sum.getValue());
            try {
                PackedTable table = read(forged);
                for (StoredMatrix each : table.matrices()) {
                    assertThat(each.offset() + each.bytes()).isBetween(0L, (long) FILE_BYTES);
                }
                for (StoredBytes each : table.others()) {
                    assertThat(each.offset()).isNotNegative();
                    assertThat(each.offset() + each.bytes()).isBetween(0L, (long) FILE_BYTES);
                }
            } catch (PackedTable.UnusableException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(300, 2900);
    }
}
