package tramontane.bench;

import java.util.SplittableRandom;

/**
 * Prompts of random words with about as many tokens as wanted. How many tokens a word has depends
 * on the tokenizer, and a template adds some to each prompt, so two prompts are measured.
 *
 * @param fixedTokens computed for each prompt, whatever its words; the beginning of the template is
 *     in the cache
 * @param wordTokens computed for each word
 */
record RandomPrompts(double fixedTokens, double wordTokens) {
    /** The number of computed tokens of a prompt with so many words. */
    record Counted(int words, int tokens) {}

    static RandomPrompts fit(Counted few, Counted many) {
        double wordTokens = (double) (many.tokens - few.tokens) / (many.words - few.words);
        return new RandomPrompts(few.tokens - few.words * wordTokens, wordTokens);
    }

    int words(int tokens) {
        return (int) Math.max(1, Math.round((tokens - fixedTokens) / wordTokens));
    }

    /** Words that no other seed has in this order, so no cache has them. */
    static String text(long seed, int words) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(' ').append(random.nextInt(10, 100));
        }
        return text.toString();
    }
}
