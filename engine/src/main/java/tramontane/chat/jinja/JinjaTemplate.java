package tramontane.chat.jinja;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A template read once, to be rendered any number of times from any thread. */
public final class JinjaTemplate {
    private final TemplateParser.Parsed parsed;

    private JinjaTemplate(TemplateParser.Parsed parsed) {
        this.parsed = parsed;
    }

    /**
     * Reads a template; one that is not well formed is a {@link TemplateException} of kind SYNTAX.
     */
    public static JinjaTemplate compile(String source) {
        return new JinjaTemplate(TemplateParser.parse(source));
    }

    /**
     * Looks for filters, tests and functions that nobody knows, and for statements that need other
     * templates.
     *
     * @return those that only some conversations come by, each with its line
     * @throws TemplateException of kind SYNTAX for those that Python refuses the template for
     */
    public List<String> check() {
        return TemplateCheck.check(parsed);
    }

    /**
     * Renders the template.
     *
     * @param variables plain values: {@link Text}, {@code String} (a caller's text), numbers,
     *     {@code Boolean}, {@link None}, {@code List} and {@code Map} of these
     * @param now what {@code strftime_now} tells
     */
    public Text render(Map<String, Object> variables, LocalDateTime now, Limits limits) {
        Map<String, Object> values = new LinkedHashMap<>();
        variables.forEach((name, value) -> values.put(name, Values.of(value)));
        return new Interpreter(new Budget(limits), now).run(parsed, values);
    }
}
