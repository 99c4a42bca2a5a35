package tramontane.engine;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import tramontane.vision.ImageDigest;

/**
 * Gives each picture a negative token id of its own, which stands for all of its rows. So the
 * blocks of the cache and their keys need to know nothing of pictures: equal ids at equal positions
 * behind an equal beginning are equal rows.
 *
 * <pre>
 * prompt      1 [IMG] [IMG] [BREAK] [IMG] [IMG] [END] 9 [IMG] [IMG] [END]
 * sequence    1  -7    -7     12     -7    -7    13   9  -8    -8    13
 * </pre>
 *
 * <p>Pictures are distinguished by their whole digests. An id is never used for a second picture,
 * so forgetting one costs no more than what the cache holds of it. Engine thread only.
 */
final class ImageTokens {
    /**
     * Pictures that are remembered; the one that was not used for the longest time is forgotten.
     */
    private static final int MAX_REMEMBERED = 4096;

    private final Map<ImageDigest, Integer> ids = new LinkedHashMap<>(16, 0.75f, true);
    private int last;

    /** The tokens of a prompt with the ids of its pictures. */
    int[] of(GenerationRequest.Prompt prompt) {
        int[] tokens = prompt.tokens();
        if (prompt.images().isEmpty()) {
            return tokens;
        }
        int[] numbered = Arrays.copyOf(tokens, tokens.length);
        for (PromptImage each : prompt.images()) {
            int id = id(each.image().digest());
            for (int position = each.firstPosition(); position < each.end(); position++) {
                if (each.isRow(position)) {
                    numbered[position] = id;
                }
            }
        }
        return numbered;
    }

    private int id(ImageDigest digest) {
        int id = ids.computeIfAbsent(digest, _ -> last = Math.decrementExact(last));
        if (ids.size() > MAX_REMEMBERED) {
            ids.remove(ids.keySet().iterator().next());
        }
        return id;
    }

    /** True for a token that stands for a row of a picture. */
    static boolean isImage(int token) {
        return token < 0;
    }
}
