package tramontane.grammar;

import java.util.List;

/** What an answer may be. {@link GrammarCompiler} turns it into a {@link Constraint}. */
public sealed interface Grammar {
    /** What nothing can be: a mark before it is forbidden in its prose. */
    Grammar NEVER = new Choice(List.of());

    /** Exactly this text. */
    record Text(String text) implements Grammar {}

    /** A control token, which no text spells. */
    record Control(int token) implements Grammar {}

    /**
     * A JSON value under a schema, with the white space that {@link Gap} allows between its parts.
     */
    record Json(JsonSchema schema) implements Grammar {}

    /** A place where JSON may have white space: nothing, a space, or a new line and indentation. */
    record Gap() implements Grammar {}

    /** One part after the other. */
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

    /** The part, {@code min} to {@code max} times, with {@code between} in between. */
    record Repeat(Grammar part, Grammar between, int min, int max) implements Grammar {}

    /**
     * Any text, for as long as none of the marks appears in it. The first mark that does ends the
     * prose and is part of it; what its branch says must follow.
     *
     * @param mayEnd whether the answer may end within the prose
     * @param maxTokens of the prose without the mark; then the first branch's mark must come, or,
     *     where there is no branch, the end
     */
    record Prose(List<Branch> branches, boolean mayEnd, int maxTokens) implements Grammar {
        public Prose {
            branches = List.copyOf(branches);
        }
    }

    /**
     * The part, unless the answer begins with one of the marks. Then its branch takes the place of
     * the part, and the last byte of the mark is the branch's first.
     */
    record Guarded(Grammar part, List<Branch> branches) implements Grammar {
        public Guarded {
            branches = List.copyOf(branches);
        }
    }

    /** As a mark: this text, with any white space between its bytes; itself it has none. */
    record Spaced(String text) implements Grammar {}

    /**
     * {@code mark} is a {@link Text}, a {@link Spaced} or a {@link Control}; a mark whose branch is
     * {@link #NEVER} cannot be written.
     */
    record Branch(Grammar mark, Grammar then) {}
}
