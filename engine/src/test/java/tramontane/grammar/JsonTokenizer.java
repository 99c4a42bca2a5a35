package tramontane.grammar;

import java.util.Map;
import tramontane.testkit.JsonVocabulary;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/**
 * A tokenizer with the small vocabulary that tests of grammars share; its first tokens are bytes.
 */
public final class JsonTokenizer {
    private JsonTokenizer() {}

    public static Tokenizer create() {
        JsonVocabulary small = new JsonVocabulary();
        return Tokenizer.from(
                new Vocabulary(
                        "gpt2",
                        "default",
                        small.tokens(),
                        new float[0],
                        small.types(),
                        small.merges(),
                        new SpecialTokens(Map.of("eos", small.end()), false, false, false)));
    }
}
