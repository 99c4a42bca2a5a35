package tramontane.chat.jinja;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The filters that write HTML and URLs, or convert HTML to text. */
final class MarkupFilters {
    private static final Pattern NO_ATTRIBUTE_NAME = Pattern.compile("[\\s/>=]");
    private static final String PLAIN_IN_URLS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";

    private MarkupFilters() {}

    static Builtins addTo(Builtins table) {
        return table.add(
                        "escape",
                        "",
                        (in, v, a) -> Escaping.markup(Printer.str(v, in.budget()), in.budget()))
                .alias("e", "escape")
                .add(
                        "forceescape",
                        "",
                        (in, v, a) ->
                                Escaping.markup(Printer.str(v, in.budget()).asPlain(), in.budget()))
                .add("safe", "", (in, v, a) -> Printer.str(v, in.budget()).asMarkup())
                .add(
                        "striptags",
                        "",
                        (in, v, a) -> Html.withoutTags(Printer.str(v, in.budget()), in.budget()))
                .add("xmlattr", "autospace", MarkupFilters::attributes)
                .add("urlencode", "", MarkupFilters::urlEncode)
                .add(
                        "urlize",
                        "trim_url_limit nofollow target rel extra_schemes",
                        (in, v, a) -> Links.in(Printer.str(v, in.budget()), a, in));
    }

    private static Object attributes(Interpreter in, Object value, Arguments arguments) {
        Budget budget = in.budget();
        TextBuilder out = new TextBuilder(budget);
        String separator = arguments.flag("autospace", true) ? " " : "";
        for (Map.Entry<?, ?> each : SequenceFilters.dict(value).entrySet()) {
            if (each.getValue() == None.NONE || each.getValue() instanceof Undefined) {
                continue;
            }
            Text name = Values.text(each.getKey(), "an attribute's name");
            if (NO_ATTRIBUTE_NAME.matcher(name.chars()).find()) {
                throw TemplateException.failed(
                        "invalid character in attribute name: '" + name.chars() + "'");
            }
            out.append(separator, true)
                    .append(Escaping.markup(name, budget))
                    .append("=\"", true)
                    .append(Escaping.markup(Printer.str(each.getValue(), budget), budget))
                    .append("\"", true);
            separator = " ";
        }
        return in.isAutoescaping() ? out.build().asMarkup() : out.build();
    }

    /** Encodes a text as a part of a URL's path, or pairs as its query. */
    private static Object urlEncode(Interpreter in, Object value, Arguments arguments) {
        boolean single =
                switch (value) {
                    case Text _, Boolean _, Number _, None _, Encoded _ -> true;
                    default -> !Tests.isIterable(value);
                };
        if (single) {
            Text text =
                    value instanceof Encoded encoded
                            ? encoded.text()
                            : Printer.str(value, in.budget());
            return quoted(text, false, in.budget());
        }
        List<Object> pairs =
                value instanceof Map<?, ?> map
                        ? CollectionMethods.items(map, in.budget())
                        : Values.items(value, in.budget());
        TextBuilder out = new TextBuilder(in.budget());
        String separator = "";
        for (Object pair : pairs) {
            List<Object> items = Values.items(pair, in.budget());
            if (items.size() != 2) {
                throw TemplateException.failed("urlencode needs a text or pairs");
            }
            out.append(separator, true)
                    .append(quoted(Printer.str(items.get(0), in.budget()), true, in.budget()))
                    .append("=", true)
                    .append(quoted(Printer.str(items.get(1), in.budget()), true, in.budget()));
            separator = "&";
        }
        return out.build();
    }

    private static Text quoted(Text text, boolean inQuery, Budget budget) {
        return text.map(
                        run -> {
                            StringBuilder out = new StringBuilder();
                            for (byte each : run.getBytes(StandardCharsets.UTF_8)) {
                                char c = (char) (each & 0xFF);
                                if (PLAIN_IN_URLS.indexOf(c) >= 0 || (c == '/' && !inQuery)) {
                                    out.append(c);
                                } else if (c == ' ' && inQuery) {
                                    out.append('+');
                                } else {
                                    out.append('%')
                                            .append(
                                                    Character.toUpperCase(
                                                            Character.forDigit(c >> 4, 16)))
                                            .append(
                                                    Character.toUpperCase(
                                                            Character.forDigit(c & 15, 16)));
                                }
                            }
                            return out.toString();
                        },
                        budget)
                .asPlain();
    }
}
