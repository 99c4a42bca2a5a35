package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/** A vocabulary of single bytes and some control tokens. */
final class ByteVocabulary {
    private static final int CONTROL_TYPE = 3;
    private static final int BYTE_TYPE = 6;

    private ByteVocabulary() {}

    static Tokenizer with(String... controls) {
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        tokens.addAll(List.of(controls));
        int[] types = new int[tokens.size()];
        Arrays.fill(types, BYTE_TYPE);
        Arrays.fill(types, 256, types.length, CONTROL_TYPE);
        SpecialTokens special = new SpecialTokens(Map.of(), false, false, false);
        return Tokenizer.from(
                new Vocabulary(
                        "llama",
                        "default",
                        tokens,
                        new float[types.length],
                        types,
                        List.of(),
                        special));
    }
}
