package tramontane.chat.jinja;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A compiled template. Thread-safe. */
public final class JinjaTemplate {
    private final TemplateParser.Parsed parsed;

    private JinjaTemplate(TemplateParser.Parsed parsed) {
        this.parsed = parsed;
    }

    /** Compiles a template. A malformed one is a {@link TemplateException} of kind SYNTAX. */
    public static JinjaTemplate compile(String source) {
        return new JinjaTemplate(TemplateParser.parse(source));
    }

    /**
     * Looks for unknown filters, tests and functions, and for statements that need other templates.
     *
     * @return those that only some conversations reach, each with its line
     * @throws TemplateException of kind SYNTAX if jinja2 would refuse the template
     */
    public List<String> check() {
        return TemplateCheck.check(parsed);
    }

    /**
     * Renders the template.
     *
     * @param variables plain values: {@link Text}, {@code String} (a caller's text), numbers,
     *     {@code Boolean}, {@link None}, {@code List} and {@code Map} of these
     * @param now the time for {@code strftime_now}
     */
    public Text render(Map<String, Object> variables, LocalDateTime now, TemplateLimits limits) {
        Map<String, Object> values = new LinkedHashMap<>();
        variables.forEach((name, value) -> values.put(name, Values.of(value)));
        return new Interpreter(new Budget(limits), now).run(parsed, values);
    }
}
