package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopScannerTest {
    @Test
    void textEndsBeforeTheFirstStopStringHoweverItIsCut() {
        check("one two three", List.of("two"), "one ");
        check("one two three", List.of("three", "two"), "one ");
        check("aaab", List.of("aab"), "a");
        check("abababc", List.of("ababc"), "ab");
        check("no stop here", List.of("stopp", "heres"), "no stop here");
        check("ends with a beginning: sto", List.of("stop"), "ends with a beginning: sto");
        check("stop", List.of("stop"), "");
        check("é🙂x", List.of("🙂"), "é");
        check("", List.of("x"), "");
        check("anything", List.of(), "anything");
        check("aXbY", List.of("Y", "XbY"), "a");
    }

    /**
     * Every cut into pieces must give the same text: this is what makes streamed and whole answers
     * equal.
     */
    private static void check(String text, List<String> stops, String expected) {
        Random random = new Random(text.hashCode());
        for (int round = 0; round < 50; round++) {
            StopScanner scanner = new StopScanner(stops);
            StringBuilder said = new StringBuilder();
            int at = 0;
            while (at < text.length()) {
                int end = round == 0 ? text.length() : at + 1 + random.nextInt(text.length() - at);
                said.append(scanner.push(text.substring(at, end)));
                at = end;
            }
            said.append(scanner.flush());
            assertThat(said.toString()).as("%s cut by %s", text, stops).isEqualTo(expected);
        }
    }
}
