package tramontane.chat.dialect;

import java.util.List;

/**
 * A call without the tags its family puts around it, as small models of the family write it: an
 * answer that is nothing but the call's object, bare or as a block of code.
 *
 * @param head from the answer's first letter up to the arguments, with the tool's name in it
 * @param tail what follows the arguments
 */
public record Untagged(String head, String tail) {
    static final String FENCE = "```json\n";
    static final String FENCE_END = "\n```";

    /** The ways to write a call of this tool; none in families whose mark is their own. */
    public static List<Untagged> of(ToolFormat format, String name) {
        if (!(format instanceof ToolFormat.Tagged)) {
            return List.of();
        }
        String head = format.head(name);
        String indented = "{\n  \"name\": \"" + name + "\",\n  \"arguments\": ";
        return List.of(
                new Untagged(head, "}"),
                new Untagged(FENCE + head, "}" + FENCE_END),
                new Untagged(FENCE + indented, "\n}" + FENCE_END));
    }
}
