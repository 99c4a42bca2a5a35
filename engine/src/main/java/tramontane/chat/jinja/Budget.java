package tramontane.chat.jinja;

/** Counts the cost of a rendering and enforces its {@link TemplateLimits}. */
final class Budget {
    private static final int CHARS_PER_STEP = 64;
    private static final int ELEMENT_CHARS = 16;

    private final TemplateLimits limits;
    private long steps;
    private long allocated;
    private int depth;

    Budget(TemplateLimits limits) {
        this.limits = limits;
    }

    void step() {
        spend(1);
    }

    void spend(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw TemplateException.limit(
                    "the chat template took more than " + limits.steps() + " steps");
        }
    }

    /** Counts work over {@code chars} characters that creates no string, such as a search. */
    void scan(long chars) {
        spend(1 + chars / CHARS_PER_STEP);
    }

    /** Counts the worst case of a search for {@code needle} characters in {@code chars}. */
    void search(long chars, long needle) {
        long positions = Math.max(0, chars - needle);
        spend(1 + chars / CHARS_PER_STEP + positions / CHARS_PER_STEP * (needle / CHARS_PER_STEP));
    }

    /** Counts {@code chars} characters that are appended to a string of {@code length}. */
    void grow(long length, long chars) {
        if (length + chars > limits.textChars()) {
            throw TemplateException.limit(
                    "the chat template made a text of more than "
                            + limits.textChars()
                            + " characters");
        }
        allocate(chars);
    }

    void elements(long count) {
        if (count > limits.allocatedChars() / ELEMENT_CHARS) {
            throw TemplateException.limit(
                    "the chat template made a list of " + count + " elements");
        }
        allocate(count * ELEMENT_CHARS);
    }

    private void allocate(long chars) {
        spend(chars / CHARS_PER_STEP);
        allocated += chars;
        if (allocated > limits.allocatedChars()) {
            throw TemplateException.limit(
                    "the chat template made more than "
                            + limits.allocatedChars()
                            + " characters of text in all");
        }
    }

    void enter() {
        step();
        if (++depth > limits.depth()) {
            throw TemplateException.limit(
                    "the chat template nests deeper than " + limits.depth() + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
