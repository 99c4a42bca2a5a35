package tramontane.upstream;

import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hashes of the beginnings of a prompt, each after a message and after every {@code PART_CHARS} of
 * a longer one. A hash covers all before it, the tools and the cache key, so that equal ones mean a
 * common beginning that a server may have in its cache.
 *
 * <pre>
 * key and tools ─▶ system message ─▶ user message, part 1 ─▶ part 2 ─▶ …
 *                       hash               hash                hash
 * </pre>
 */
final class PromptPrefixes {
    static final PromptPrefixes NONE = new PromptPrefixes(0);

    /** About 500 tokens: less is computed again quickly. */
    private static final int PART_CHARS = 2048;

    /** A prompt of half a million characters; what follows counts as one part. */
    private static final int MAX_HASHES = 256;

    /** The multiplier of Knuth's MMIX generator. */
    private static final long MULTIPLIER = 6364136223846793005L;

    private final long[] hashes = new long[MAX_HASHES];
    private int count;
    private long state;

    private PromptPrefixes(long seed) {
        state = seed;
    }

    /**
     * @param body as it is sent
     * @param cacheKey equal only for requests that may share cached prefixes
     */
    static PromptPrefixes of(ObjectNode body, String cacheKey) {
        PromptPrefixes prefixes = new PromptPrefixes(1);
        prefixes.mix(cacheKey);
        prefixes.mix(body.path("tools").toString());
        for (JsonNode message : body.path("messages")) {
            prefixes.add(message.toString());
        }
        prefixes.add(body.path("prompt").asString(""));
        return prefixes;
    }

    private void add(String text) {
        for (int from = 0; from < text.length(); from += PART_CHARS) {
            mix(text.substring(from, Math.min(text.length(), from + PART_CHARS)));
            if (count < MAX_HASHES) {
                hashes[count++] = scrambled(state);
            }
        }
    }

    private void mix(String text) {
        for (int i = 0; i < text.length(); i++) {
            state = (state + text.charAt(i)) * MULTIPLIER + 1;
        }
        state = scrambled(state + text.length());
    }

    /** Stafford's variant 13 of the finalizer of MurmurHash3; never 0. */
    private static long scrambled(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        mixed ^= mixed >>> 31;
        return mixed == 0 ? 1 : mixed;
    }

    /** From the shortest beginning to the whole prompt. */
    long[] hashes() {
        return Arrays.copyOf(hashes, count);
    }
}
