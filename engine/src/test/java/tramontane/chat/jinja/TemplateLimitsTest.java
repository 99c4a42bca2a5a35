package tramontane.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.TemplateException.Kind;

/** Every template ends soon and in bounded memory, with a prompt or a TemplateException. */
class TemplateLimitsTest {
    private static final TemplateLimits LIMITS =
            new TemplateLimits(300_000, 250, 1_000_000, 4_000_000);

    @Test
    void textsAndListsHaveALimit() {
        check(
                "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}");
        check(
                "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}");
        check("{{ 'x' * 99999999999 }}");
        check("{{ [1] * 99999999999 }}");
        check("{{ [1] * 2000000000 * 2000000000 }}");
        check("{{ 2 ** 99999999 }}");
        check("{{ 9 ** 9 ** 9 * 9 ** 9999 }}");
        check("{{ range(99999999) }}");
        check("{{ range(0, 9999999999, 1) }}");
        check("{{ '%999999999d' % 1 }}");
        check("{{ '%.999999999f' % 1 }}");
        check("{{ '{:999999999}'.format(1) }}");
        check("{{ 'x'.center(999999999) }}");
        check("{{ 'x' | indent(999999999, true) }}");
        check("{{ [1] | tojson(indent=999999999) }}");
        check("{{ [] | slice(999999999) | list }}");
        check("{{ [1] | batch(999999999, 1) | list }}");
        check("{{ ('x' * 900000).replace('', 'yyyyyyyyyyyyyyyy') }}");
        check("{{ ('x' * 900000) | list }}");
        check("{{ strftime_now('%c' * 90000) }}");
    }

    @Test
    void workHasALimit() {
        check("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}");
        check("{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}");
        check(
                "{% set s = 'a' * 900000 %}{% for a in range(99999) %}{% if 'b' in s %}{% endif %}{% endfor %}");
        check(
                "{% set s = 'a' * 900000 %}{% for a in range(99999) %}{% if s.strip('b') %}{% endif %}{% endfor %}");
        check("{{ ('a' * 400000) in ('a' * 900000) }}");
        check("{{ ('a' * 900000).replace('a' * 400000 ~ 'b', '') }}");
        check("{{ ('a' * 900000).split('a' * 400000 ~ 'b') }}");
        check(
                "{% set ns = namespace(x=[1]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{"
                        + " ns.x | tojson }}");
        check(
                "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% set"
                        + " ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}");
        check(
                "{% set l = range(90000) | list %}{{ l | map('string') | map('upper') | unique | sort | join }}");
    }

    @Test
    void nestingHasALimit() {
        check("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
        check("{% macro m() %}{% set x %}{{ m() }}{% endset %}{% endmacro %}{{ m() }}");
        check("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}");
        check(
                "{% set ns = namespace() %}{% set ns.x = [ns] %}{{ '(' * 5 }}{% macro m(a=m()) %}{% endmacro %}{{ m() }}");
        check("{{ " + "a + ".repeat(5000) + "a }}", Map.of("a", 1));
        check("{{ a" + "|list".repeat(5000) + " }}", Map.of("a", List.of()));
        String nested =
                "{% set ns = namespace(x=1) %}{% for i in range(2000) %}{% set ns.x = [ns.x] %}{% endfor %}";
        check(nested + "{{ ns.x }}");
        check(nested + "{{ ns.x | tojson }}");
        check(nested + "{{ ns.x == ns.x[0] }}");
    }

    @Test
    void nestingOfTheSourceHasALimit() {
        for (String source :
                List.of(
                        "{{ " + "(".repeat(50_000),
                        "{{ " + "[".repeat(50_000),
                        "{{ " + "{1:".repeat(50_000),
                        "{{ " + "-".repeat(50_000) + "1 }}",
                        "{{ " + "not ".repeat(50_000) + "1 }}",
                        "{{ " + "a(".repeat(50_000),
                        "{{ " + "a[".repeat(50_000),
                        "{{ " + "1 if 1 else ".repeat(50_000) + "1 }}",
                        "{% if 1 %}".repeat(50_000),
                        "{% for " + "(".repeat(50_000),
                        "{{ " + "1".repeat(100_000) + " }}",
                        "{{ " + "1_".repeat(100_000) + "1 }}",
                        "x".repeat(TemplateLimits.MAX_SOURCE_CHARS + 1))) {
            TemplateException failure =
                    catchThrowableOfType(
                            TemplateException.class, () -> JinjaTemplate.compile(source));
            assertThat(failure).as(source.substring(0, 20)).isNotNull();
            assertThat(failure.kind()).isEqualTo(Kind.SYNTAX);
        }
    }

    @Test
    void aCallersFormatStringCannotExceedTheLimits() {
        for (String format :
                List.of(
                        "{" + ".a".repeat(99_999) + "}",
                        "{0" + "[0]".repeat(9999) + "}",
                        "{".repeat(9999))) {
            Outcome outcome = run("{{ x.format([]) }}", Map.of("x", format));
            assertThat(outcome.failure()).isEqualTo("FAILED");
        }
    }

    @Test
    void anExceededLimitReportsTheLine() {
        TemplateException failure =
                catchThrowableOfType(
                        TemplateException.class,
                        () ->
                                JinjaTemplate.compile("a\nb\n{{ 'x' * 99999999 }}")
                                        .render(Map.of(), JinjaGoldenTest.NOW, LIMITS));
        assertThat(failure.line()).isEqualTo(3);
        assertThat(failure)
                .hasMessageContaining("1000000 characters")
                .hasMessageContaining("line 3");
    }

    @Test
    void mutatedTemplatesRenderOrThrowATypedError() throws IOException {
        List<String> sources =
                Stream.concat(
                                Json.object(JinjaGoldenTest.read("rendered.json")).keySet().stream()
                                        .filter(name -> name.endsWith(".jinja"))
                                        .map(TemplateLimitsTest::template),
                                JinjaGoldenTest.read("snippets.txt").lines())
                        .toList();
        Map<String, Object> conversation = Json.object(JinjaGoldenTest.conversations(), "tools");
        Random random = new Random(20261122);
        int answers = 0;
        for (int round = 0; round < 6000; round++) {
            String source = mutated(sources, random);
            Outcome outcome = run(source, conversation);
            answers += outcome.failure().isEmpty() ? 1 : 0;
        }
        // Mutations that only break the syntax would test only the parser.
        assertThat(answers).isGreaterThan(500);
    }

    private static String template(String name) {
        try {
            return JinjaGoldenTest.read(name);
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    private static final List<String> FRAGMENTS =
            List.of(
                    "{{",
                    "}}",
                    "{%",
                    "%}",
                    "{#",
                    "-%}",
                    "{%-",
                    "'",
                    "\"",
                    "\\",
                    "(",
                    ")",
                    "[",
                    "]",
                    "{",
                    "}",
                    "|",
                    ".",
                    ",",
                    ":",
                    "~",
                    " if ",
                    " else ",
                    " in ",
                    " is ",
                    " not ",
                    "loop",
                    "0",
                    "-1",
                    "9999999",
                    "1e308",
                    "none",
                    "messages",
                    "{% for x in messages %}",
                    "{% endfor %}",
                    "{% if x %}",
                    "{% endif %}",
                    "|tojson",
                    "|list",
                    "|length",
                    "|join",
                    ".items()",
                    "[::-1]",
                    "*",
                    "**",
                    "%",
                    "//",
                    "\u0000",
                    "\uD83D",
                    "🙂",
                    "\n",
                    "{% set x = x ~ x %}",
                    "{% macro x(y) %}",
                    "{% endmacro %}",
                    ".format(",
                    "{% break %}",
                    "range(",
                    "namespace(",
                    "caller()",
                    "varargs");

    private static String mutated(List<String> sources, Random random) {
        StringBuilder source = new StringBuilder(sources.get(random.nextInt(sources.size())));
        for (int edits = 1 + random.nextInt(3); edits > 0 && !source.isEmpty(); edits--) {
            int at = random.nextInt(source.length());
            int end = Math.min(source.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(4)) {
                case 0 -> source.delete(at, end);
                case 1 -> source.insert(at, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
                case 2 -> source.replace(at, end, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
                default -> {
                    int from = random.nextInt(source.length());
                    source.insert(at, source.substring(from, Math.min(source.length(), from + 40)));
                }
            }
        }
        return source.toString();
    }

    private record Outcome(String text, String failure) {}

    private static void check(String template) {
        check(template, Map.of());
    }

    private static void check(String template, Map<String, Object> variables) {
        assertThat(run(template, variables).failure()).as(template).isEqualTo("LIMIT");
    }

    private static Outcome run(String template, Map<String, Object> variables) {
        try {
            return new Outcome(
                    JinjaTemplate.compile(template)
                            .render(variables, JinjaGoldenTest.NOW, LIMITS)
                            .toString(),
                    "");
        } catch (TemplateException failure) {
            return new Outcome("", failure.kind().name());
        }
    }
}
