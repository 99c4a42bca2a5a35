package tramontane.token;

import java.util.Map;
import java.util.OptionalInt;

/**
 * The tokens a file names by role ({@code bos}, {@code eos}, {@code eot}, ...), and what it wants
 * added around a prompt.
 *
 * @param addSpacePrefix text that begins a prompt or follows a special token gets a space in front
 *     (SentencePiece only)
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
