package tramontane.grammar.lexer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tramontane.grammar.JsonTokenizer;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.pattern.EcmaPattern;
import tramontane.token.TokenTrie;
import tramontane.token.Tokenizer;

/** String lexers byte by byte, and their masks against the lexer itself. */
class LexersTest {
    private static final Tokenizer TOKENIZER = JsonTokenizer.create();
    private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER);

    private static int read(StringLexer lexer, int from, byte[] bytes) {
        int state = from;
        for (byte label : bytes) {
            if (state < 0) {
                return Lexer.DEAD;
            }
            int next = lexer.next(state, label & 0xff);
            state = next < 0 ? next : next & ~Lexer.COUNTED;
        }
        return state;
    }

    private static void check(String pattern, List<String> inside, List<String> dead) {
        StringLexer lexer = new Lexers(TRIE, true).strings(EcmaPattern.search(pattern));
        for (String text : inside) {
            assertThat(read(lexer, 0, (text + '"').getBytes(UTF_8))).as(text).isEqualTo(Lexer.DONE);
        }
        for (String text : dead) {
            assertThat(read(lexer, 0, (text + '"').getBytes(UTF_8))).as(text).isEqualTo(Lexer.DEAD);
        }
    }

    @Test
    void charactersMayBeWrittenOrEscaped() {
        check("^é$", List.of("é", "\\u00e9", "\\u00E9"), List.of("e", "\\u00ea", "\\e", "éé"));
        check("^\n$", List.of("\\n", "\\u000a"), List.of("\n", "n"));
        check("^/$", List.of("/", "\\/"), List.of("\\"));
        check("^😀$", List.of("😀", "\\ud83d\\ude00"), List.of("\\ud83d", "\\ude00\\ud83d"));
        // Nobody escapes letters, so they are not written so.
        check("^a$", List.of("a"), List.of("\\u0061"));
    }

    @Test
    void aPrefixOfACharacterNeedsACharacterThatIsAllowed() {
        StringLexer lexer = new Lexers(TRIE, true).strings(EcmaPattern.search("^[é😀]$"));
        assertThat(read(lexer, 0, new byte[] {(byte) 0xC3})).isGreaterThanOrEqualTo(0);
        assertThat(read(lexer, 0, new byte[] {(byte) 0xC2})).isEqualTo(Lexer.DEAD);
        assertThat(read(lexer, 0, "\\ud83d".getBytes(UTF_8))).isGreaterThanOrEqualTo(0);
        assertThat(read(lexer, 0, "\\ud83e".getBytes(UTF_8))).isEqualTo(Lexer.DEAD);
    }

    /** The mask is made in one walk over the trie; here each token is read by itself. */
    @Test
    void masksAgreeWithTheLexer() {
        for (String pattern : List.of("", "^[a-f]*$", "^(true|null)?$", "é", "^.{0,2}$")) {
            Lexers lexers = new Lexers(TRIE, true);
            StringLexer lexer = lexers.strings(EcmaPattern.search(pattern));
            StringPlan plan = new StringPlan(lexer, 0, Long.MAX_VALUE);
            LexerMask mask = lexers.mask(plan, 0, 0, Long.MAX_VALUE);
            for (int token = 0; token < TOKENIZER.size(); token++) {
                byte[] bytes = TOKENIZER.bytes(token);
                if (bytes.length > 0) {
                    int state = read(lexer, 0, bytes);
                    assertThat(TokenBits.has(mask.inside(), token))
                            .as("%s inside %s", TOKENIZER.text(token), pattern)
                            .isEqualTo(state >= 0);
                    assertThat(TokenBits.has(mask.last(), token))
                            .as("%s last of %s", TOKENIZER.text(token), pattern)
                            .isEqualTo(state == Lexer.DONE);
                }
            }
        }
    }

    @Test
    void equalLanguagesShareALexer() {
        Lexers lexers = new Lexers(TRIE, true);
        Automaton one = EcmaPattern.search("^(a|b)*$");
        Automaton same = EcmaPattern.search("^[ab]*$");
        assertThat(lexers.strings(one)).isSameAs(lexers.strings(same));
        assertThat(lexers.strings(one)).isNotSameAs(lexers.strings(Automaton.any()));
    }
}
