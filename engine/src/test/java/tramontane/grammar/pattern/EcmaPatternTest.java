package tramontane.grammar.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.TooComplexException;

class EcmaPatternTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("basedir", "."), "src/test/golden/regex/patterns.tsv");

    @Test
    void patternsMatchWhereNodeMatchesThem() throws IOException {
        List<String> rows = Files.readAllLines(GOLDEN);
        List<String> strings =
                Arrays.stream(rows.getLast().split("\t", -1))
                        .skip(1)
                        .map(EcmaPatternTest::unescape)
                        .toList();
        List<String> wrong = new ArrayList<>();
        for (String row : rows.subList(0, rows.size() - 1)) {
            String[] fields = row.split("\t", -1);
            String pattern = unescape(fields[0]);
            List<Integer> expected =
                    Arrays.stream(fields[1].split(" "))
                            .filter(n -> !n.isEmpty())
                            .map(Integer::valueOf)
                            .toList();
            Automaton automaton = EcmaPattern.search(pattern);
            for (int i = 0; i < strings.size(); i++) {
                if (automaton.matches(strings.get(i)) != expected.contains(i)) {
                    wrong.add("/" + pattern + "/ in '" + strings.get(i) + "'");
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static String unescape(String field) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            c = field.charAt(++i);
            switch (c) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'u' -> {
                    text.append((char) Integer.parseInt(field.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default -> text.append(c);
            }
        }
        return text.toString();
    }

    /** Random patterns in the syntax that java.util.regex and JavaScript share. */
    @Test
    void randomPatternsMatchWhereTheJdkMatchesThem() {
        Random random = new Random(5);
        int compared = 0;
        for (int n = 0; n < 3000; n++) {
            String pattern = randomPattern(random, 3);
            Pattern jdk = Pattern.compile(pattern, Pattern.DOTALL);
            Automaton automaton;
            try {
                automaton = EcmaPattern.search("(?s)" + pattern);
            } catch (TooComplexException e) {
                continue;
            }
            for (int i = 0; i < 40; i++) {
                String text = randomText(random);
                assertThat(automaton.matches(text))
                        .as("%d: /%s/ in '%s'", n, pattern, text)
                        .isEqualTo(jdk.matcher(text).find());
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(100_000);
    }

    private static String randomPattern(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 6 : 15);
        return switch (kind) {
            case 0, 1 -> "" + "abc-".charAt(random.nextInt(4));
            case 2 -> ".";
            case 3 -> "[a-b]";
            case 4 -> "[^a]";
            // In the JDK, $ also matches before a line terminator at the end; \z matches only at
            // the end.
            case 5 -> new String[] {"^", "(?!.)", "\\b", "\\B"}[random.nextInt(4)];
            case 6 -> "(?:" + randomPattern(random, depth - 1) + ")*";
            case 7 -> "(?:" + randomPattern(random, depth - 1) + "){1,2}";
            case 8 -> "(?:" + randomPattern(random, depth - 1) + ")?";
            case 9, 10 ->
                    "(?:"
                            + randomPattern(random, depth - 1)
                            + "|"
                            + randomPattern(random, depth - 1)
                            + ")";
            case 11 ->
                    new String[] {"(?=", "(?!"}[random.nextInt(2)]
                            + randomPattern(random, depth - 1)
                            + ")";
            case 12 -> new String[] {"(?<=", "(?<!"}[random.nextInt(2)] + "a[ab]?|b)";
            default -> randomPattern(random, depth - 1) + randomPattern(random, depth - 1);
        };
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(7); i > 0; i--) {
            text.append("abc-".charAt(random.nextInt(4)));
        }
        return text.toString();
    }

    @Test
    void syntaxOfOtherDialectsIsAcceptedIfItsMeaningIsObvious() {
        check("(?i)^abc$", "aBC", true);
        check("(?i)^[a-c]+$", "aBC", true);
        check("(?i)^[^a]$", "A", false);
        check("^(?i:a)b$", "Ab", true);
        check("^(?i:(a))b$", "AB", false);
        check("^((?i)a)b$", "AB", false);
        check("(?i)^\u00e9$", "\u00c9", true);
        check("(?s)^.$", "\n", true);
        check("(?m)^b$", "a\nb", true);
        check("\\Aab\\Z", "ab", true);
        check("\\Aab\\z", "cab", false);
        check("^[[:alpha:]_]+$", "ab_", true);
        check("^[[:alpha:]_]+$", "ab1", false);
        check("^(?P<x>a)$", "a", true);
        check("^\\pL$", "\u00e9", true);
        check("^a\\hb$", "a\tb", true);
        check("^(?#said)a$", "a", true);
    }

    private static void check(String pattern, String text, boolean found) {
        assertThat(EcmaPattern.search(pattern).matches(text))
                .as("/%s/ in '%s'", pattern, text)
                .isEqualTo(found);
    }

    @Test
    void unsupportedFeaturesAreRefusedWithTheirPosition() {
        refused("(a)\\1", "backreferences are not supported (at position 5)");
        refused("(?<n>a)\\k<n>", "backreferences are not supported (at position 9)");
        refused("(?P=n)", "backreferences are not supported (at position 3)");
        refused("(?>a)b", "atomic groups are not supported (at position 3)");
        refused("a++", "possessive quantifiers are not supported (at position 2)");
        refused("a**", "nothing to repeat (at position 2)");
        refused("*a", "nothing to repeat before '*' (at position 1)");
        refused("{2}", "nothing to repeat before a count (at position 3)");
        refused("(a", "'(' without ')' (at position 2)");
        refused("(?", "'(' without ')' (at position 2)");
        refused("a)", "')' without '(' (at position 1)");
        refused("[a", "'[' without ']' (at position 2)");
        refused("a\\", "a backslash at the end (at position 2)");
        refused("[b-a]", "a range whose first character comes after its last (at position 4)");
        refused("a{3,2}", "a count whose minimum is greater than its maximum (at position 6)");
        refused("\\p{Nonsense}", "unknown property 'Nonsense' (at position 12)");
        refused("\\Ga", "\\G means different things in different dialects (at position 2)");
        refused("(?<=a$)b", "'$' within a look-behind is not supported");
        refused("(?<=a(?=b))b", "a look-ahead within a look-behind is not supported");
        refused("(".repeat(300), "groups are nested more than 200 levels deep (at position 200)");
    }

    private static void refused(String pattern, String message) {
        for (int again = 0; again < 2; again++) {
            assertThatThrownBy(() -> EcmaPattern.search(pattern))
                    .isInstanceOf(PatternException.class)
                    .hasMessage(message);
        }
    }

    @Test
    void patternsBeyondTheLimitsAreRefused() {
        tooComplex("(a|b)*a(a|b){25}");
        tooComplex("foo.{0,50}bar");
        tooComplex("((a{0,100}){0,100}){0,100}");
        tooComplex("^.{0,1000000000}$");
        tooComplex("(?:^){1000000000}");
        tooComplex(".{2000}x");
        tooComplex("(?<=a.{30})b");
        tooComplex(
                "(?=.*a)(?=.*b)(?=.*c)(?=.*d)(?=.*e)(?=.*f)(?=.*g)(?=.*h)(?=.*i)(?=.*j)(?=.*k)"
                        + "(?=.*l)(?=.*m)(?=.*n)(?=.*o)(?=.*p)");
    }

    @Test
    void compilingALongPatternTakesTimeInProportionToItsLength() {
        StringBuilder letters = new StringBuilder();
        for (int c = 0x4e00; c < 0x4e00 + 20_000; c++) {
            letters.appendCodePoint(c);
        }
        check("^[" + letters + "]+$", "\u4e00\u4e01", true);
        check("(?i)" + "[" + letters + "a]", "A", true);
        tooComplex(letters.toString());
        check("^" + "\\8".repeat(15_000) + "|^b", "b", true);
        check("^" + "\\u{".repeat(8_000) + "|^b", "b", true);
        check("^" + "[[:x]".repeat(15_000) + "|^b", "b", true);
        check("(?i)^" + "a".repeat(15_000), "A".repeat(15_000), true);
    }

    private static void tooComplex(String pattern) {
        for (int again = 0; again < 2; again++) {
            assertThatThrownBy(() -> EcmaPattern.search(pattern))
                    .as(pattern)
                    .isInstanceOf(TooComplexException.class);
        }
    }

    @Test
    void patternsThatOnlyLookHostileAreCompiled() {
        check("^(.*a){30}$", "a".repeat(30), true);
        check("^(.*a){30}$", "a".repeat(29), false);
        check("(x+x+)+y", "xxxxy", true);
        check("^((((((a*)*)*)*)*)*)*$", "aaa", true);
        check("(){1000000000}", "", true);
        check("^[^a]{1,19000}$", "b".repeat(19_000), true);
        check("^[^a]{1,19000}$", "b".repeat(19_001), false);
    }
}
