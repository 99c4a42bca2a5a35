package tramontane.grammar;

import java.util.List;

/**
 * A description of the allowed answers. {@code parser.GrammarCompiler} turns it into a {@link
 * Constraint}.
 */
public sealed interface Grammar {
    /** Matches nothing. A mark with this branch is forbidden in its prose. */
    Grammar NEVER = new Choice(List.of());

    /** Exactly this text. */
    record Text(String text) implements Grammar {}

    /** A control token, which no text can spell. */
    record Control(int token) implements Grammar {}

    /**
     * A JSON value under a schema. Between its parts the white space that {@link Gap} describes is
     * allowed.
     */
    record Json(JsonSchema schema) implements Grammar {}

    /** Optional white space in JSON: nothing, one space, or a line feed and an indentation. */
    record Gap() implements Grammar {}

    /** The parts, one after the other. */
    record Sequence(List<Grammar> parts) implements Grammar {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** One of the options. */
    record Choice(List<Grammar> options) implements Grammar {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /** The part, {@code min} to {@code max} times, with {@code between} between two of them. */
    record Repeat(Grammar part, Grammar between, int min, int max) implements Grammar {}

    /**
     * Free text up to a mark. The first mark that appears ends the prose, belongs to it, and is
     * followed by its branch.
     *
     * @param mayEnd true when the answer may end within the prose
     * @param maxTokens maximum number of tokens before the mark; after them the mark of the first
     *     branch must come, or, without branches, what follows the prose
     */
    record Prose(List<Branch> branches, boolean mayEnd, int maxTokens) implements Grammar {
        public Prose {
            branches = List.copyOf(branches);
        }
    }

    /**
     * The part, unless the answer starts with one of the marks. Then the branch replaces the part,
     * and the last byte of the mark is the first byte of the branch.
     */
    record Guarded(Grammar part, List<Branch> branches) implements Grammar {
        public Guarded {
            branches = List.copyOf(branches);
        }
    }

    /**
     * As a mark: this text, which contains no white space, with any white space between its bytes.
     */
    record Spaced(String text) implements Grammar {}

    /**
     * {@code mark} is a {@link Text}, a {@link Spaced} or a {@link Control}. A mark whose branch is
     * {@link #NEVER} cannot be written.
     */
    record Branch(Grammar mark, Grammar then) {}
}
