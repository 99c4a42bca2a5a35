package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The function {@code lipsum}: paragraphs of random Latin words. */
final class Lorem {
    private static final String[] WORDS =
            ("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut"
                            + " labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation"
                            + " ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in"
                            + " reprehenderit voluptate velit esse cillum fugiat nulla pariatur")
                    .split(" ");
    private static final int SENTENCE_WORDS = 12;

    private Lorem() {}

    static Object text(Interpreter in, Arguments arguments) {
        Arguments given = arguments.bind("lipsum", List.of("n", "html", "min", "max"));
        int paragraphs = given.number("n", 5);
        int min = given.number("min", 20);
        int max = given.number("max", 100);
        boolean html = given.flag("html", true);
        if (min >= max || min < 0) {
            throw TemplateException.failed("lipsum needs min below max");
        }
        TextBuilder out = new TextBuilder(in.budget());
        for (int i = 0; i < paragraphs; i++) {
            out.append(i == 0 ? "" : html ? "\n" : "\n\n", true)
                    .append(html ? "<p>" : "", true)
                    .append(paragraph(in, min + in.random(max - min)), true)
                    .append(html ? "</p>" : "", true);
        }
        Text text = out.build();
        return html ? text.asMarkup() : text;
    }

    private static String paragraph(Interpreter in, int count) {
        in.budget().elements(count);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String word = WORDS[in.random(WORDS.length)];
            boolean first = i % SENTENCE_WORDS == 0;
            boolean last = i % SENTENCE_WORDS == SENTENCE_WORDS - 1 || i == count - 1;
            words.add(
                    (first
                                    ? word.substring(0, 1).toUpperCase(Locale.ROOT)
                                            + word.substring(1)
                                    : word)
                            + (last ? "." : ""));
        }
        return String.join(" ", words);
    }
}
