package tramontane.token;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The control tokens for fill-in-the-middle (Bavarian et al. 2022), and the order of a prompt:
 *
 * <pre>
 * prefix before suffix after middle | answer      Qwen, StarCoder, CodeGemma, CodeLlama
 * suffix after prefix before | answer             Mistral, which has no third token
 * </pre>
 */
record FimTokens(int prefix, int suffix, OptionalInt middle) {
    int[] prompt(int[] before, int[] after) {
        IntStream first = joined(prefix, before);
        IntStream second = joined(suffix, after);
        return middle.isPresent()
                ? IntStream.concat(IntStream.concat(first, second), IntStream.of(middle.getAsInt()))
                        .toArray()
                : IntStream.concat(second, first).toArray();
    }

    private static IntStream joined(int token, int[] tokens) {
        return IntStream.concat(IntStream.of(token), Arrays.stream(tokens));
    }
}
