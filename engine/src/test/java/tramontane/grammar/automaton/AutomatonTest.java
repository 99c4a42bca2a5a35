package tramontane.grammar.automaton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tramontane.grammar.pattern.EcmaPattern;

class AutomatonTest {
    private static final List<String> PATTERNS =
            List.of(
                    "^a*$",
                    "^(ab)*$",
                    "^[ab]{2,4}$",
                    "a",
                    "b$",
                    "^(aa|b)+$",
                    "^(?!.*bb)[ab]*$",
                    "^(a{3})*b?$",
                    "^\\p{Lu}[^a]?$",
                    "^$",
                    "^(a|ab)(b|ba)$",
                    "^.{5}$",
                    "^(a.)*$",
                    "^[^\\u{1F600}]$",
                    "^(aaa|aaaaa)*$",
                    "^((aa)*|(aaa)*b)$");

    private static final List<Automaton> SOME = PATTERNS.stream().map(EcmaPattern::search).toList();

    @Test
    void setOperationsObeyTheLawsOfSets() {
        for (Automaton a : SOME) {
            assertThat(a.and(a.complement())).isEqualTo(Automaton.none());
            assertThat(a.or(a.complement())).isEqualTo(Automaton.any());
            assertThat(a.complement().complement()).isEqualTo(a).hasSameHashCodeAs(a);
            assertThat(a.minus(a).isEmpty()).isTrue();
            assertThat(a.then(Automaton.none())).isEqualTo(Automaton.none());
            assertThat(a.then(Automaton.literal(""))).isEqualTo(a);
            assertThat(Automaton.literal("").then(a)).isEqualTo(a);
            for (Automaton b : SOME) {
                assertThat(a.and(b)).isEqualTo(b.and(a));
                assertThat(a.or(b)).isEqualTo(b.or(a));
                assertThat(a.and(b).complement()).isEqualTo(a.complement().or(b.complement()));
                assertThat(a.minus(b)).isEqualTo(a.and(b.complement()));
                assertThat(a.and(b).or(a.minus(b))).isEqualTo(a);
            }
        }
    }

    @Test
    void operationsAgreeWithTheirOperandsOnEveryString() {
        List<String> texts = texts();
        for (Automaton a : SOME) {
            for (Automaton b : SOME) {
                Automaton and = a.and(b);
                Automaton or = a.or(b);
                Automaton minus = a.minus(b);
                Automaton then = a.then(b);
                for (String t : texts) {
                    assertThat(and.matches(t)).isEqualTo(a.matches(t) && b.matches(t));
                    assertThat(or.matches(t)).isEqualTo(a.matches(t) || b.matches(t));
                    assertThat(minus.matches(t)).isEqualTo(a.matches(t) && !b.matches(t));
                    boolean splits = false;
                    for (int i = 0; i <= t.length(); i++) {
                        splits |= a.matches(t.substring(0, i)) && b.matches(t.substring(i));
                    }
                    assertThat(then.matches(t)).isEqualTo(splits);
                }
            }
        }
    }

    private static List<String> texts() {
        List<String> texts = new ArrayList<>(List.of("", "\u00c9", "\u00c9b", "ac", "\u4e2d"));
        for (int length = 1; length <= 5; length++) {
            for (int bits = 0; bits < 1 << length; bits++) {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < length; i++) {
                    text.append("ab".charAt(bits >> i & 1));
                }
                texts.add(text.toString());
            }
        }
        return texts;
    }

    @Test
    void differentPatternsOfOneLanguageAreEqual() {
        same("^(a|b)*$", "^[ab]*$");
        same("^a+$", "^aa*$");
        same("^(?!a$)[ab]$", "^b$");
        same("^(ab|ac)$", "^a[b-c]$");
        same("\\ba", "(?<!\\w)a|(?:^|\\W)a");
        same("a$|^", "");
        same("^[^]*$", "");
        same("^[]$", "a[]");
        same("^\\p{L}$", "^[\\p{Lu}\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}]$");
        assertThat(EcmaPattern.search("^a$")).isNotEqualTo(EcmaPattern.search("^b$"));
        assertThat(EcmaPattern.search("")).isEqualTo(Automaton.any());
    }

    private static void same(String a, String b) {
        assertThat(EcmaPattern.search(a))
                .as("/%s/ and /%s/", a, b)
                .isEqualTo(EcmaPattern.search(b));
    }

    @Test
    void aWordListEqualsTheUnionOfItsWords() {
        Random random = new Random(3);
        for (int n = 0; n < 100; n++) {
            TreeSet<String> words = new TreeSet<>();
            Automaton union = Automaton.none();
            for (int i = random.nextInt(8); i >= 0; i--) {
                String word = texts().get(random.nextInt(texts().size()));
                words.add(word);
                union = union.or(Automaton.literal(word));
            }
            Automaton made = Automaton.oneOf(words);
            assertThat(made).isEqualTo(union);
            assertThat(made.words(words.size())).contains(List.copyOf(words));
            assertThat(made.words(words.size() - 1)).isEmpty();
        }
        assertThat(Automaton.oneOf(List.of())).isEqualTo(Automaton.none());
        assertThat(Automaton.oneOf(List.of("\ud800"))).isEqualTo(Automaton.none());
        assertThat(Automaton.none().words(0)).contains(List.of());
        assertThat(Automaton.any().words(1000)).isEmpty();
        assertThat(Automaton.ofSet(CharSet.all()).words(1000)).isEmpty();
        assertThat(Automaton.literal("x".repeat(15_000)).states()).isEqualTo(15_001);
    }

    @Test
    void statesReportTheCodePointsTheyAccept() {
        Automaton a = EcmaPattern.search("^[\\u0430-\\u044f]+[x-z\\u{1F600}]*$");
        assertThat(a.canTake(0, 0x400, 0x43f)).isTrue();
        assertThat(a.canTake(0, 0x400, 0x42f)).isFalse();
        assertThat(a.canTake(0, 0x450, 0x10FFFF)).isFalse();
        int in = a.next(0, 0x430);
        assertThat(a.canTake(in, 0x1F000, 0x1FFFF)).isTrue();
        assertThat(a.canTake(in, 0xD800, 0xDFFF)).isFalse();
        assertThat(a.canTake(in, 0xD000, 0xDFFF)).isFalse();
        assertThat(a.loops(in)).isFalse();
        assertThat(a.loops(in, CharSet.range(0x430, 0x440))).isTrue();
        assertThat(a.loops(in, CharSet.of("\u0430x"))).isFalse();
        assertThat(a.next(in, 'a')).isEqualTo(-1);
        assertThat(Automaton.any().loops(0)).isTrue();
        assertThat(Automaton.any().canTake(0, 0xD800, 0xDFFF)).isFalse();
    }

    @Test
    void theShortestStringNeedsNoEscapeAndHasShortestSuffixes() {
        shortest("^a*$", "");
        shortest("^[^a]{2}$", "bb");
        shortest("^\\d{3}-", "000-");
        shortest("^[\"\\\\\\n ]$", " ");
        shortest("^[\"\\\\]$", "\"");
        shortest("^\\p{Script=Han}$", "\u2e80");
        shortest("^[\\u0000-\\u00ff]{3}x", "aaax");
        shortest("^(abcd|xy)$", "xy");
        for (Automaton a : SOME) {
            int state = a.start();
            for (String rest = a.shortest(state); !rest.isEmpty(); ) {
                state = a.next(state, rest.codePointAt(0));
                rest = rest.substring(Character.charCount(rest.codePointAt(0)));
                assertThat(a.shortest(state)).isEqualTo(rest);
            }
            assertThat(a.accepts(state)).isTrue();
        }
    }

    private static void shortest(String pattern, String expected) {
        assertThat(EcmaPattern.search(pattern).shortest(0)).as(pattern).isEqualTo(expected);
    }

    @Test
    void everyReportedLengthHasAString() {
        List<String> more =
                List.of(
                        "^(..){3,20}$",
                        "^(.{6}|.{10}|.{15})*$",
                        "^(.{4}(.{6})*|.)$",
                        "^((ab)*c|d{7})*$");
        List<Automaton> all = new ArrayList<>(SOME);
        more.forEach(p -> all.add(EcmaPattern.search(p)));
        for (Automaton a : all) {
            for (int state = 0; state < a.states(); state++) {
                checkLengths(a, state);
            }
        }
    }

    private static void checkLengths(Automaton a, int state) {
        int limit = 45;
        boolean[] possible = new boolean[limit + 1];
        TreeSet<Integer> now = new TreeSet<>(List.of(state));
        for (int k = 0; k <= limit; k++) {
            TreeSet<Integer> after = new TreeSet<>();
            for (int s : now) {
                possible[k] |= a.accepts(s);
                for (int c : new int[] {'a', 'b', 'c', 'd', 'A', 0xC9, 0x1F600}) {
                    if (a.next(s, c) >= 0) {
                        after.add(a.next(s, c));
                    }
                }
            }
            now = after;
        }
        for (int min = 0; min <= limit; min++) {
            boolean any = false;
            for (int max = min; max <= limit; max++) {
                any |= possible[max];
                assertThat(a.reaches(state, min, max))
                        .as("%s state %d, %d to %d", a, state, min, max)
                        .isEqualTo(any);
            }
        }
        boolean finite = now.isEmpty();
        assertThat(a.longest(state) < Long.MAX_VALUE).isEqualTo(finite);
        assertThat(a.reaches(state, 3_000_000, Long.MAX_VALUE)).isEqualTo(!finite);
    }

    @Test
    void longLengthsFollowThePeriod() {
        Automaton pairs = EcmaPattern.search("^(..)*$");
        assertThat(pairs.reaches(0, 2_000_000_001, 2_000_000_001)).isFalse();
        assertThat(pairs.reaches(0, 2_000_000_000, 2_000_000_000)).isTrue();
        assertThat(pairs.reaches(0, 2_000_000_001, 2_000_000_002L)).isTrue();
        assertThat(EcmaPattern.search("^.{7,9}$").longest(0)).isEqualTo(9);
        assertThat(EcmaPattern.search("^.{7,9}$").isFinite()).isTrue();
        assertThat(Automaton.none().isFinite()).isTrue();
        assertThat(Automaton.none().reaches(0, 0, Long.MAX_VALUE)).isFalse();
    }

    @Test
    void resultsBeyondTheLimitsAreRefused() {
        Automaton a = EcmaPattern.search("^(.{97})*$");
        Automaton b = EcmaPattern.search("^(.{101})*$");
        Automaton c = EcmaPattern.search("^(.{103})*$");
        assertThat(a.and(b).states()).isEqualTo(97 * 101);
        assertThatThrownBy(() -> a.and(b).and(c)).isInstanceOf(TooComplexException.class);
        Automaton late = EcmaPattern.search("^a.{16}$");
        assertThatThrownBy(() -> Automaton.any().then(late))
                .isInstanceOf(TooComplexException.class);
    }

    @Test
    void aCharacterIsAllowedIfTheRestCanHaveAFittingLength() {
        Automaton words = EcmaPattern.search("^(é..|ab)$");
        int start = words.start();
        assertThat(words.canTake(start, 0x80, Character.MAX_CODE_POINT)).isTrue();
        assertThat(words.canTake(start, 0x80, Character.MAX_CODE_POINT, 2, 2)).isTrue();
        assertThat(words.canTake(start, 0x80, Character.MAX_CODE_POINT, 0, 1)).isFalse();
        assertThat(words.canTake(start, 0x80, Character.MAX_CODE_POINT, 3, 9)).isFalse();
        assertThat(words.canTake(start, 'a', 'a', 0, 1)).isTrue();
        assertThat(words.canTake(start, 'b', 'z', 0, 9)).isFalse();
    }
}
