package tramontane.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What counts as right, and what of a text counts as its JSON. */
class ScoreTest {
    private static void check(String known, String answer, boolean exact, int right, int fields) {
        Score score = Score.of(JsonMapper.shared().readTree(known), LenientJson.whole(answer));
        assertThat(score).as(known + " " + answer).isEqualTo(new Score(exact, fields, right));
    }

    @Test
    void valuesCountAndSpellingDoesNot() {
        check("{'a':1,'b':'x'}".replace('\'', '"'), "{\"b\": \"x\", \"a\": 1.0}", true, 2, 2);
        check("{\"a\":100}", "{\"a\":1e2}", true, 1, 1);
        check("{\"a\":0}", "{\"a\":-0.0}", true, 1, 1);
        check("{\"a\":1.50}", "{\"a\":1.5}", true, 1, 1);
        check("{\"a\":1}", "{\"a\":\"1\"}", false, 0, 1);
        check("{\"a\":\"x\"}", "{\"a\":\"x \"}", false, 0, 1);
        check("{\"a\":\"\\u00e9\"}", "{\"a\":\"é\"}", true, 1, 1);
    }

    @Test
    void aMissingFieldIsANullOneAndOneTooManyIsWrong() {
        check("{\"a\":1,\"b\":null}", "{\"a\":1}", true, 1, 1);
        check("{\"a\":1,\"b\":null}", "{\"a\":1,\"b\":\"\"}", false, 1, 1);
        check("{\"a\":1}", "{\"a\":1,\"b\":2}", false, 1, 1);
        check("{\"a\":1}", "{\"a\":1,\"b\":null}", true, 1, 1);
    }

    @Test
    void listsHaveAnOrderAndEmptyOnesAreNoValues() {
        check("{\"a\":[1,2,3]}", "{\"a\":[1,3,2]}", false, 1, 3);
        check("{\"a\":[1,2]}", "{\"a\":[]}", false, 0, 2);
        check("{\"a\":[1,2]}", "{\"a\":[1,2,3]}", false, 2, 2);
        check("{\"a\":[1,2]}", "{\"a\":[1,[2]]}", false, 1, 2);
        check("{\"a\":[{\"b\":1},{\"b\":2}]}", "{\"a\":[{\"b\":1},{\"b\":2}]}", true, 2, 2);
    }

    @Test
    void nothingIsNotRight() {
        check("{\"a\":1,\"b\":2}", "{\"a\":1,", false, 0, 2);
        check("{\"a\":1}", "", false, 0, 1);
        check("{\"a\":1}", "1", false, 0, 1);
    }

    private static void first(String text, String expected) {
        Optional<String> found = LenientJson.first(text).map(Object::toString);
        assertThat(found).as(text).isEqualTo(Optional.of(expected).filter(e -> !e.isEmpty()));
    }

    @Test
    void theFirstValueOfATextIsFound() {
        first("{\"a\": 1}", "{\"a\":1}");
        first("Here it is:\n```json\n{\n  \"a\": [1, 2]\n}\n```\nDone {\"b\":2}.", "{\"a\":[1,2]}");
        first("[1, 2] {\"a\":1}", "[1,2]");
        first("Use {braces} like this: {\"a\": \"}\"}", "{\"a\":\"}\"}");
        first("{'a': 'b', 'c': [1,],}", "{\"a\":\"b\",\"c\":[1]}");
        first("{\"a\": 1 // one\n}", "{\"a\":1}");
        first("{\"a\": \"two\nlines\"}", "{\"a\":\"two\\nlines\"}");
        first("{\"a\": 1", "");
        first("no JSON at all", "");
    }

    @Test
    void theTestOfPairsIsExact() {
        assertThat(SignTest.twoSided(0, 0)).isEqualTo(1);
        assertThat(SignTest.twoSided(1, 1)).isEqualTo(1);
        assertThat(SignTest.twoSided(5, 0)).isCloseTo(0.0625, within(1e-12));
        assertThat(SignTest.twoSided(0, 11)).isCloseTo(2 * Math.pow(0.5, 11), within(1e-12));
        // R: binom.test(3, 12)$p.value
        assertThat(SignTest.twoSided(3, 9)).isCloseTo(0.1459961, within(1e-7));
        // R: binom.test(40, 100)$p.value
        assertThat(SignTest.twoSided(60, 40)).isCloseTo(0.05688793, within(1e-7));
    }
}
