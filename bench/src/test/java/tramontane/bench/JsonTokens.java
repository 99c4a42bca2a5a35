package tramontane.bench;

import java.util.Map;
import tramontane.testkit.JsonVocabulary;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/** The small vocabulary that tests of schemas share. */
final class JsonTokens {
    static final int END = new JsonVocabulary().end();

    private JsonTokens() {}

    static Tokenizer tokenizer() {
        JsonVocabulary small = new JsonVocabulary();
        return Tokenizer.from(
                new Vocabulary(
                        "gpt2",
                        "default",
                        small.tokens(),
                        new float[0],
                        small.types(),
                        small.merges(),
                        new SpecialTokens(Map.of("eos", END), false, false, false)));
    }
}
