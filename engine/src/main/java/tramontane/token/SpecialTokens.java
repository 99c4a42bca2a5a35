package tramontane.token;

import java.util.Map;
import java.util.OptionalInt;

/**
 * The tokens that a file names by role ({@code bos}, {@code eos}, {@code eot}, ...), and what the
 * file adds to a prompt.
 *
 * @param addSpacePrefix text at the beginning of a prompt or behind a special token gets a leading
 *     space (SentencePiece only)
 */
public record SpecialTokens(
        Map<String, Integer> roles, boolean addBos, boolean addEos, boolean addSpacePrefix) {
    public SpecialTokens {
        roles = Map.copyOf(roles);
    }

    OptionalInt token(String role) {
        return roles.containsKey(role) ? OptionalInt.of(roles.get(role)) : OptionalInt.empty();
    }
}
