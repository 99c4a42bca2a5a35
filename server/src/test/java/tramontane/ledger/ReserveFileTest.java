package tramontane.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ReserveFileTest {
    @TempDir Path folder;

    private List<ReserveFile> open() {
        return ReserveFile.open(folder.resolve("reserve"));
    }

    private static LedgerRow row(String id) {
        byte[] text = ("text of " + id).getBytes(StandardCharsets.UTF_8);
        return new LedgerRow(
                new LedgerRow.Origin(id, 5, "key", "/v1/chat/completions"),
                new RequestSummary(
                        Optional.of("m"),
                        Optional.of(true),
                        Optional.of("{\"top_p\":0.5}"),
                        Optional.of(2)),
                Optional.of(new LedgerRow.Served("tiny", 64, Long.MAX_VALUE)),
                new LedgerRow.Outcome(
                        LedgerRow.Ending.FINISHED,
                        Optional.of(200),
                        Optional.empty(),
                        List.of("stop", "length"),
                        new LedgerRow.Times(OptionalDouble.of(1.25), OptionalDouble.empty(), 9.5)),
                Optional.of(new LedgerRow.Tokens(1, 2, 3, Optional.empty(), 4, 5)),
                new LedgerRow.Hashes(Optional.of("ab"), Optional.empty()),
                Optional.of(new LedgerRow.Text(text, Optional.of(text))));
    }

    private static List<LedgerRow> rows(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> row("r" + i)).toList();
    }

    /** Arrays are compared by what is in them. */
    private static void same(List<LedgerRow> found, List<LedgerRow> expected) {
        assertThat(found).usingRecursiveFieldByFieldElementComparator().isEqualTo(expected);
    }

    /** With PostgreSQL, nothing else makes the user's directory for state. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aMissingFolderIsMadeForThisUserOnly() throws Exception {
        Path state = folder.resolve("state/tramontane");
        try (ReserveFile file = ReserveFile.open(state.resolve("reserve")).getFirst()) {
            assertThat(file.append(rows(0, 1))).isEqualTo(1);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void theNextProcessFindsTheRowsAndAddsToThem() throws Exception {
        try (ReserveFile first = open().getFirst()) {
            assertThat(first.append(rows(0, 3))).isEqualTo(3);
            assertThat(first.append(rows(3, 4))).isEqualTo(1);
        }
        try (ReserveFile second = open().getFirst()) {
            same(second.rows(), rows(0, 4));
            second.append(rows(4, 6));
            same(second.rows(), rows(0, 6));
            second.clear();
            assertThat(second.rows()).isEmpty();
            second.append(rows(6, 7));
            same(second.rows(), rows(6, 7));
            second.clear();
            second.delete();
            assertThat(second.file()).doesNotExist();
        }
    }

    /** A build that does not count images may have been killed before. */
    @Test
    void rowsOfAnEarlierBuildAreRead() throws Exception {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode json = (ObjectNode) mapper.readTree(mapper.writeValueAsBytes(row("r")));
        assertThat(((ObjectNode) json.get("request")).remove("images").intValue()).isEqualTo(2);
        assertThat(mapper.treeToValue(json, LedgerRow.class).request().images()).isEmpty();
    }

    @Test
    void aFileInUseIsLeftAloneAndOneThatIsFreeIsFound() throws Exception {
        ReserveFile first = open().getFirst();
        try (ReserveFile second = open().getFirst()) {
            assertThat(second.file()).isNotEqualTo(first.file());
            second.append(rows(0, 1));
        }
        first.close();
        List<ReserveFile> both = open();
        assertThat(both).hasSize(2);
        same(both.get(1).rows(), rows(0, 1));
        for (ReserveFile each : both) {
            each.close();
        }
    }

    @Test
    void whatIsDamagedEndsTheRows() throws Exception {
        Path file;
        try (ReserveFile first = open().getFirst()) {
            file = first.file();
            first.append(rows(0, 3));
        }
        int second =
                new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf("r1");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'x'}), second);
        }
        try (ReserveFile again = open().getFirst()) {
            same(again.rows(), rows(0, 1));
        }
        Files.write(file, new byte[] {127, 127, 127, 127, 0});
        try (ReserveFile again = open().getFirst()) {
            assertThat(again.rows()).isEmpty();
        }
    }

    @Test
    void aFullOneKeepsNoMore() throws Exception {
        try (ReserveFile reserve = open().getFirst()) {
            long size = Files.size(reserve.file());
            List<LedgerRow> many = rows(0, 1000);
            int kept = 0;
            int added = reserve.append(many);
            while (added == many.size()) {
                kept += added;
                added = reserve.append(many);
            }
            kept += added;
            assertThat(reserve.rows()).hasSize(kept);
            assertThat(Files.size(reserve.file())).isEqualTo(size);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void nobodyElseMayReadIt() throws Exception {
        try (ReserveFile reserve = open().getFirst()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(reserve.file())))
                    .isEqualTo("rw-------");
        }
    }
}
