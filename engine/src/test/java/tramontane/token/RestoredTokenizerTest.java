package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.gguf.GgufMetadata;

/** A tokenizer that is made of kept tables does what the one that wrote them does. */
class RestoredTokenizerTest {
    private static final int VERSION = 1;
    private static final long SUM = 4_147_000_214L;

    /** A tokenizer, and the one that was made of its tables. */
    private record Restored(Tokenizer made, Tokenizer restored) {
        static Restored of(GgufMetadata metadata) {
            Tokenizer made = Tokenizer.from(metadata);
            return new Restored(made, restore(metadata, made.tables()).orElseThrow());
        }
    }

    private static Optional<Tokenizer> restore(GgufMetadata metadata, byte... tables) {
        return Tokenizer.restored(metadata, MemorySegment.ofArray(tables));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpe", "spm", "wordpiece", "wordpiece-cased"})
    void smallVocabularies(String kind) {
        check(Goldens.ofSmall(kind, Restored::of));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"smollm2-135m", "qwen2.5-coder-0.5b", "gemma3-270m", "all-minilm-l6-v2"})
    void realModels(String name) {
        Optional<Restored> model = Goldens.ofModel(name, Restored::of);
        assumeTrue(
                model.isPresent(), () -> name + ".gguf is not here; ./tramontane test fetches it");
        check(model.orElseThrow());
    }

    private static void check(Restored both) {
        Tokenizer made = both.made();
        Tokenizer restored = both.restored();
        assertThat(restored.tables()).isEqualTo(made.tables());
        assertThat(restored.size()).isEqualTo(made.size());
        for (int token = 0; token < made.size(); token++) {
            assertThat(restored.bytes(token)).isEqualTo(made.bytes(token));
            assertThat(restored.text(token)).isEqualTo(made.text(token));
            assertThat(restored.isControl(token)).isEqualTo(made.isControl(token));
            assertThat(restored.isEndOfGeneration(token)).isEqualTo(made.isEndOfGeneration(token));
        }
        assertThat(restored.bos()).isEqualTo(made.bos());
        assertThat(restored.eos()).isEqualTo(made.eos());
        assertThat(restored.addsSpacePrefix()).isEqualTo(made.addsSpacePrefix());
        assertThat(restored.supportsFim()).isEqualTo(made.supportsFim());
        assertThat(restored.fimPrompt("one", "two", 9).orElse(new int[0]))
                .isEqualTo(made.fimPrompt("one", "two", 9).orElse(new int[0]));
        StringBuilder all = new StringBuilder();
        for (String text : Goldens.corpus()) {
            List<Span> trusted = List.of(new Span(text, true));
            assertThat(restored.encode(text)).isEqualTo(made.encode(text));
            assertThat(restored.encode(trusted)).isEqualTo(made.encode(trusted));
            assertThat(restored.encodeSettled(text)).isEqualTo(made.encodeSettled(text));
            all.append(text);
        }
        int[] tokens = made.encode(all.toString());
        assertThat(restored.encode(all.toString())).isEqualTo(tokens);
        assertThat(restored.encode(all.toString(), 10)).isEqualTo(made.encode(all.toString(), 10));
        assertThat(restored.withBosAndEos(tokens)).isEqualTo(made.withBosAndEos(tokens));
    }

    /** Tables are kept in files, so other tables need another version. */
    @Test
    void aChangeOfTheTablesHasANewVersion() {
        CRC32C sum = new CRC32C();
        for (String kind : List.of("bpe", "spm", "wordpiece")) {
            sum.update(Goldens.ofSmall(kind, Tokenizer::from).tables());
        }
        assertThat(sum.getValue())
                .as(
                        "the tables have changed: add one to Tokenizer.TABLES_VERSION and write it and the sum here")
                .isEqualTo(SUM);
        assertThat(Tokenizer.TABLES_VERSION).isEqualTo(VERSION);
    }

    @Test
    void tablesOfAnotherVersionAreNotUsed() {
        Optional<Tokenizer> restored =
                Goldens.ofSmall(
                        "bpe",
                        metadata -> {
                            byte[] tables = Tokenizer.from(metadata).tables();
                            tables[0]++;
                            return restore(metadata, tables);
                        });
        assertThat(restored).isEmpty();
    }
}
