package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.catalog.Catalog;
import tramontane.catalog.CatalogEntry;

/** What {@code models} prints on machines of several sizes. */
class ListModelsTest {
    private static final long GB = 1_000_000_000;
    private static final int COLUMNS = 100;
    private static final int FITS_COLUMN = 67;

    @TempDir Path folder;

    private List<String> list(ModelMemory memory) {
        StringWriter said = new StringWriter();
        ListModels.list(Catalog.load(folder), memory, new PrintWriter(said));
        return said.toString().lines().toList();
    }

    private static String line(List<String> lines, String name) {
        return lines.stream().filter(each -> each.startsWith(name + " ")).findFirst().orElseThrow();
    }

    @Test
    void aModelFitsNowOrLaterOrNot() {
        List<String> lines = list(new ModelMemory(8 * GB, 20 * GB));
        assertThat(line(lines, "ministral-3-8b"))
                .matches(".* chat +yes +6\\.1 GB +7\\.1 GB +256k +yes +no +Apache-2.0");
        assertThat(line(lines, "ministral-3-14b")).matches(".* later +no +Apache-2.0");
        assertThat(line(lines, "mistral-small-4"))
                .matches(".* chat +yes +74\\.6 GB +76\\.8 GB +256k +no +no +Apache-2.0");
        assertThat(line(lines, "mistral-nemo-12b"))
                .matches(".* chat +7\\.5 GB +8\\.5 GB +128k +later +no +Apache-2.0");
        assertThat(lines)
                .contains("The best for chat that fits is ministral-3-8b.")
                .anyMatch(each -> each.contains("yes within 8.0 GB"))
                .anyMatch(each -> each.contains("later within 20.0 GB"));
    }

    @Test
    void thoseThatFitComeFirstAndLinesAreShort() {
        List<String> lines = list(new ModelMemory(8 * GB, 20 * GB));
        List<String> fits =
                lines.stream()
                        .skip(1)
                        .takeWhile(each -> !each.isEmpty())
                        .map(each -> each.substring(FITS_COLUMN, FITS_COLUMN + 5).strip())
                        .toList();
        assertThat(fits).hasSize(Catalog.load(folder).list().size());
        List<String> order = List.of("yes", "later", "no");
        assertThat(fits)
                .containsAll(order)
                .isSortedAccordingTo(Comparator.comparing(order::indexOf));
        assertThat(lines.subList(0, lines.size() - 1))
                .allMatch(
                        each -> each.length() <= COLUMNS,
                        "at most " + COLUMNS + " columns, the path of the models apart");
    }

    @Test
    void packedWeightsAreSaidWithTheirSize() throws IOException {
        assertThat(list(new ModelMemory(GB, GB))).noneMatch(each -> each.contains(".packed"));
        Files.write(folder.resolve("mine.gguf.packed"), new byte[3_000_000]);
        Files.write(folder.resolve("other.gguf.packed"), new byte[1_000_000]);
        Files.write(folder.resolve("else.packed"), new byte[5_000_000]);
        assertThat(list(new ModelMemory(GB, GB)))
                .contains("Their packed weights, *.packed there, take 4 MB and can be deleted.");
    }

    @Test
    void noModelIsBestWhereNoneFits() {
        List<String> lines = list(new ModelMemory(-GB, -GB));
        for (CatalogEntry entry : Catalog.load(folder).list()) {
            assertThat(line(lines, entry.name())).contains(" no ");
        }
        assertThat(lines).noneMatch(each -> each.startsWith("The best"));
        assertThat(lines).anyMatch(each -> each.contains("yes within 0 MB"));
    }

    @Test
    void filesOfOtherModelsAreListed() throws IOException {
        Files.createFile(folder.resolve("mine.gguf"));
        Files.createFile(folder.resolve("mistral-nemo-12b.gguf"));
        List<String> lines = list(new ModelMemory(8 * GB, 20 * GB));
        assertThat(line(lines, "mine")).matches("mine +yes *");
        assertThat(line(lines, "mistral-nemo-12b")).matches(".* later +yes +Apache-2.0");
        assertThat(lines).noneMatch(each -> each.startsWith("HERE"));
    }

    @Test
    void aModelWithoutItsEncoderIsHereForText() throws IOException {
        Files.createFile(folder.resolve("ministral-3-8b.gguf"));
        List<String> lines = list(new ModelMemory(8 * GB, 20 * GB));
        assertThat(line(lines, "ministral-3-8b")).matches(".* yes +text +Apache-2.0");
        assertThat(lines).anyMatch(each -> each.startsWith("HERE: text"));
        Files.createFile(folder.resolve("ministral-3-8b.mmproj.gguf"));
        lines = list(new ModelMemory(8 * GB, 20 * GB));
        assertThat(line(lines, "ministral-3-8b")).matches(".* yes +yes +Apache-2.0");
        assertThat(lines).noneMatch(each -> each.contains("mmproj") || each.startsWith("HERE"));
    }

    @Test
    void theDocumentationHasTheOrderOfTheBest() throws IOException {
        Catalog catalog = Catalog.load(folder);
        List<String> best = new ArrayList<>();
        Optional<CatalogEntry> each = catalog.bestWithin(Long.MAX_VALUE);
        while (each.isPresent()) {
            CatalogEntry entry = each.get();
            best.add("| `" + entry.name() + "` | " + ListModels.size(entry.totalRamBytes()) + " |");
            each = catalog.bestWithin(entry.ramBytes() - 1);
        }
        List<String> page = Checkout.read("docs/MODELS.md").getFirst().lines().toList();
        int head = page.indexOf("| best | memory |");
        assertThat(page.subList(head + 2, head + 2 + best.size())).isEqualTo(best);
        assertThat(page.get(head + 2 + best.size())).isEmpty();
    }
}
