package tramontane.grammar.parser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.TokenMask;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/**
 * Tests marks in prose and before JSON with a vocabulary whose tokens contain parts of marks and
 * whole marks.
 */
class ProseMarksTest {
    private static final List<String> PIECES =
            List.of(
                    "</s>",
                    "ab",
                    "abc",
                    "bc d",
                    "xa",
                    "  ",
                    " \n a",
                    "b\nc",
                    "abcabd",
                    "abd!",
                    "zab c z",
                    "{\"",
                    "{\"a\":",
                    "\": {",
                    "a\": {\"",
                    "[{\"a",
                    "{ \"a\"",
                    ": 1}",
                    "é",
                    "caféx");
    private static final Tokenizer TOKENIZER = tokenizer();
    private static final GrammarCompiler COMPILER = new GrammarCompiler(TOKENIZER);

    private static Tokenizer tokenizer() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.addAll(PIECES.stream().map(piece -> piece.replace(' ', '▁')).toList());
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 0, 256, 6);
        Arrays.fill(types, 256, types.length, 1);
        types[256] = 3;
        SpecialTokens special = new SpecialTokens(Map.of("eos", 256), false, false, false);
        return Tokenizer.from(
                new Vocabulary(
                        "llama",
                        "default",
                        tokens,
                        new float[types.length],
                        types,
                        List.of(),
                        special));
    }

    private static Grammar.Branch branch(Grammar mark, String then) {
        return new Grammar.Branch(mark, new Grammar.Text(then));
    }

    private static Grammar.Prose prose(Grammar.Branch... branches) {
        return new Grammar.Prose(List.of(branches), true, Integer.MAX_VALUE);
    }

    private static boolean takes(Grammar grammar, String text) {
        Constraint at = COMPILER.compile(grammar);
        for (byte each : text.getBytes(UTF_8)) {
            if (!at.allows(each & 0xff)) {
                return false;
            }
            at = at.after(each & 0xff);
        }
        return true;
    }

    /** At every step of a random walk, the mask contains exactly the allowed tokens. */
    private static void walk(Grammar grammar) {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            Constraint at = COMPILER.compile(grammar);
            for (int step = 0; step < 25; step++) {
                TokenMask mask = at.mask();
                Constraint here = at;
                int[] allowed = IntStream.range(0, TOKENIZER.size()).filter(here::allows).toArray();
                assertThat(IntStream.range(0, TOKENIZER.size()).filter(mask::allows).toArray())
                        .isEqualTo(allowed);
                assertThat(allowed).isNotEmpty();
                int[] close = at.closing();
                // Prefer letters of the marks, or no mark would ever be complete.
                int token = allowed[random.nextInt(allowed.length)];
                for (int tries = 0;
                        tries < 20 && "abc {}\":".indexOf(token) < 0 && token < 256;
                        tries++) {
                    token = allowed[random.nextInt(allowed.length)];
                }
                token = close.length > 0 && random.nextInt(8) == 0 ? close[0] : token;
                if (TOKENIZER.isEndOfGeneration(token)) {
                    break;
                }
                at = at.after(token);
            }
            for (int token : at.closing()) {
                at = at.after(token);
            }
            assertThat(at.mayEnd()).isTrue();
        }
    }

    @Test
    void theFirstCompleteMarkDecidesWhatFollows() {
        Grammar grammar =
                prose(
                        branch(new Grammar.Text("abd"), "1"),
                        branch(new Grammar.Text("abc"), "2"),
                        branch(new Grammar.Text("cafe\u0301"), "4"),
                        branch(new Grammar.Spaced("xyz"), "3"));
        assertThat(takes(grammar, "zababd1")).isTrue();
        assertThat(takes(grammar, "zababdx")).isFalse();
        assertThat(takes(grammar, "ab c ab dabc2")).isTrue();
        assertThat(takes(grammar, "abc1")).isFalse();
        assertThat(takes(grammar, "x y\n\tz3")).isTrue();
        assertThat(takes(grammar, "x y z4")).isFalse();
        assertThat(takes(grammar, "xxyz3")).isTrue();
        walk(grammar);
    }

    @Test
    void aForbiddenMarkCannotBeWritten() {
        Grammar grammar =
                prose(
                        new Grammar.Branch(new Grammar.Spaced("abc"), Grammar.NEVER),
                        new Grammar.Branch(new Grammar.Text("xab"), Grammar.NEVER));
        assertThat(takes(grammar, "a b c")).isFalse();
        assertThat(takes(grammar, "a b d")).isTrue();
        assertThat(takes(grammar, "xab")).isFalse();
        assertThat(takes(grammar, "xa b")).isTrue();
        walk(grammar);
    }

    @Test
    void manyMarksAreFoundLikeOne() {
        Grammar.Branch[] branches =
                IntStream.range(0, 500)
                        .mapToObj(i -> branch(new Grammar.Spaced("\"tool" + i + "\":"), "!"))
                        .toArray(Grammar.Branch[]::new);
        assertThat(takes(prose(branches), "\"tool 499\" :!")).isTrue();
        assertThat(takes(prose(branches), "\"tool49\":x")).isFalse();
        walk(prose(branches));
    }

    @Test
    void jsonThatStartsWithAMarkIsReplacedByItsBranch() {
        Grammar any = new Grammar.Json(JsonSchema.anyObject());
        Grammar forbidden =
                new Grammar.Guarded(
                        any,
                        List.of(new Grammar.Branch(new Grammar.Spaced("{\"a\":{"), Grammar.NEVER)));
        assertThat(takes(forbidden, "{\"a\":{")).isFalse();
        assertThat(takes(forbidden, "{\"a\":1}")).isTrue();
        assertThat(takes(forbidden, "{\"ab\":{}}")).isTrue();
        assertThat(takes(forbidden, "{\"b\":{\"a\":{}}}")).isTrue();
        walk(forbidden);
        Grammar replaced =
                new Grammar.Guarded(
                        any, List.of(branch(new Grammar.Spaced("{\"a\":{"), "{\"only\"}}")));
        assertThat(takes(replaced, "{\"a\":{\"only\"}}")).isTrue();
        assertThat(takes(replaced, "{\"a\":{\"x\"")).isFalse();
        assertThat(takes(replaced, "{\"a\":[{\"x\":1}]}")).isTrue();
        walk(replaced);
    }
}
