package tramontane.chat.jinja;

/** What is left of the {@link Limits} while one prompt is rendered. */
final class Budget {
    private static final int CHARS_A_STEP = 64;
    private static final int ELEMENT_CHARS = 16;

    private final Limits limits;
    private long steps;
    private long allocated;
    private int depth;

    Budget(Limits limits) {
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

    /** Work over {@code chars} characters that makes no new string, such as a search. */
    void scan(long chars) {
        spend(1 + chars / CHARS_A_STEP);
    }

    /** A search for {@code needle} characters among {@code chars}, at its slowest. */
    void search(long chars, long needle) {
        long places = Math.max(0, chars - needle);
        spend(1 + chars / CHARS_A_STEP + places / CHARS_A_STEP * (needle / CHARS_A_STEP));
    }

    /** A string of {@code length} characters grows by {@code chars}. */
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
        spend(chars / CHARS_A_STEP);
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
