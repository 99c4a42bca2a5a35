package tramontane.grammar.number;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.TooComplexException;

class NumberSetTest {
    /** A set and the predicate of its members. */
    private record Case(NumberSet set, Predicate<BigDecimal> members) {
        Case and(Case other) {
            return new Case(set.and(other.set), members.and(other.members));
        }

        Case or(Case other) {
            return new Case(set.or(other.set), members.or(other.members));
        }

        Case not() {
            return new Case(set.complement(), members.negate());
        }
    }

    private static BigDecimal n(String text) {
        return new BigDecimal(text);
    }

    private static boolean divides(BigDecimal step, BigDecimal number) {
        return number.remainder(step).signum() == 0;
    }

    private static List<Case> simple() {
        List<Case> cases = new ArrayList<>();
        cases.add(new Case(NumberSet.all(), x -> true));
        cases.add(new Case(NumberSet.none(), x -> false));
        cases.add(new Case(NumberSet.integers(), x -> divides(BigDecimal.ONE, x)));
        for (String text : new String[] {"0", "1", "-1", "42", "0.5", "-2.25", "100", "1E+3"}) {
            BigDecimal v = n(text);
            cases.add(new Case(NumberSet.atLeast(v), x -> x.compareTo(v) >= 0));
            cases.add(new Case(NumberSet.greaterThan(v), x -> x.compareTo(v) > 0));
            cases.add(new Case(NumberSet.atMost(v), x -> x.compareTo(v) <= 0));
            cases.add(new Case(NumberSet.lessThan(v), x -> x.compareTo(v) < 0));
            cases.add(
                    new Case(NumberSet.oneOf(List.of(v, n("7"))), x -> is(x, v) || is(x, n("7"))));
        }
        for (String text : new String[] {"1", "2", "5", "7", "10", "60", "100", "0.1", "0.25"}) {
            cases.add(new Case(NumberSet.multipleOf(n(text)), x -> divides(n(text), x)));
        }
        cases.add(new Case(NumberSet.multipleOf(n("1.5")), x -> divides(n("1.5"), x)));
        cases.add(new Case(NumberSet.multipleOf(n("0.012")), x -> divides(n("0.012"), x)));
        cases.add(new Case(NumberSet.multipleOf(n("3E+4")), x -> divides(n("3E+4"), x)));
        return cases;
    }

    private static boolean is(BigDecimal a, BigDecimal b) {
        return a.compareTo(b) == 0;
    }

    private static final String[] TEXTS = {
        "0",
        "-0",
        "0.0",
        "-0.00",
        "1",
        "-1",
        "1.0",
        "1.00",
        "1.5",
        "1.50",
        "-1.5",
        "2",
        "3",
        "4",
        "5",
        "7",
        "7.0",
        "10",
        "20",
        "42",
        "41",
        "43",
        "41.99",
        "42.000",
        "42.001",
        "99",
        "100",
        "100.5",
        "60",
        "120",
        "121",
        "999",
        "1000",
        "1001",
        "30000",
        "60000",
        "30001",
        "0.1",
        "0.3",
        "0.25",
        "0.26",
        "0.5",
        "0.49",
        "0.51",
        "0.012",
        "0.024",
        "0.0125",
        "-2.25",
        "-2.24",
        "-2.26",
        "-2",
        "-3",
        "-100",
        "-0.5",
        "0.05",
        "0.001",
        "123456789012",
        "12345.678",
        "6",
        "-6",
        "4.5"
    };

    @Test
    void setsContainTheirMembersAndTextsDenoteMembers() {
        for (Case each : simple()) {
            check(each, "");
        }
    }

    @Test
    void operationsAgreeWithTheirOperandsOnEveryNumber() {
        List<Case> cases = simple();
        Random random = new Random(9);
        for (int i = 0; i < 300; i++) {
            Case a = cases.get(random.nextInt(cases.size()));
            Case b = cases.get(random.nextInt(cases.size()));
            Case c = cases.get(random.nextInt(cases.size()));
            check(a.and(b.not()).or(c), "random " + i);
            check(a.or(b).and(c), "random " + i);
        }
    }

    private static void check(Case each, String name) {
        check(each, each.set.text(), name + ", written,");
        check(each, each.set.readableText(), name + ", read,");
    }

    private static void check(Case each, Automaton text, String name) {
        assertThat(text.isEmpty()).isEqualTo(each.set.isEmpty());
        for (String t : TEXTS) {
            boolean expected = each.members.test(n(t));
            assertThat(each.set.contains(n(t))).as("%s %s", name, t).isEqualTo(expected);
            assertThat(text.matches(t)).as("%s text %s", name, t).isEqualTo(expected);
        }
        for (String t : EXPONENTS) {
            if (text.matches(t)) {
                assertThat(each.members.test(n(t))).as("%s text %s", name, t).isTrue();
            }
        }
        for (String t : NO_JSON) {
            assertThat(text.matches(t)).as("%s text %s", name, t).isFalse();
        }
    }

    private static final String[] EXPONENTS = {
        "1e1", "1e2", "1E+3", "1e-1", "1e-05", "9.99e-1", "1.5e1", "-1e1", "-1e-3", "5e-1", "4.2e1",
        "4.3e+01", "9.9e2", "1.1e03", "7e0", "-2.3e0", "3e99", "3e-99", "-3e99"
    };

    private static final String[] NO_JSON = {
        "", "-", ".", "00", "01", "-01", "1.", ".5", "+1", "1e", "1e+", "e1", "--1", "1.5.5", "0x1",
        " 1", "1 "
    };

    @Test
    void rangesBetweenPowersOfTenMayHaveExponents() {
        exponent(NumberSet.all(), "12.5e-3", true);
        exponent(NumberSet.atLeast(n("0")), "1e-05", true);
        exponent(NumberSet.atLeast(n("0")), "1.25E+16", true);
        exponent(NumberSet.atLeast(n("0")), "-1e-05", false);
        exponent(NumberSet.atMost(n("1")), "1e-05", true);
        exponent(NumberSet.atMost(n("1")), "-1e+16", true);
        exponent(NumberSet.atMost(n("1")), "1e1", false);
        exponent(NumberSet.atLeast(n("50")), "5e1", false);
        exponent(NumberSet.atLeast(n("50")), "1e2", true);
        exponent(NumberSet.integers(), "1e2", false);
    }

    private static void exponent(NumberSet set, String text, boolean accepted) {
        assertThat(set.readableText().matches(text)).as(text).isEqualTo(accepted);
        boolean oneBefore = text.matches("-?[1-9][.eE].*");
        boolean unbounded = set.equals(NumberSet.all());
        assertThat(set.text().matches(text))
                .as(text)
                .isEqualTo(accepted && (oneBefore || unbounded));
    }

    /** Walks along texts, preferring the digits 0 and 9. */
    @Test
    void textsNearABoundStayOnTheirSideOfItAsDoubles() {
        List<Case> cases = simple();
        cases.add(new Case(NumberSet.greaterThan(n("0.1")), x -> x.compareTo(n("0.1")) > 0));
        cases.add(new Case(NumberSet.lessThan(n("1e15")), x -> x.compareTo(n("1e15")) < 0));
        for (Case each : cases) {
            Automaton text = each.set.text();
            for (char digit : new char[] {'0', '9'}) {
                for (String start :
                        new String[] {"", "0.", "0.1", "1.", "4", "41.", "-2.2", "99."}) {
                    String longest = longest(text, start, digit);
                    for (char last = '0'; last <= '9'; last++) {
                        for (int cut = 0; cut < 3 && cut < longest.length(); cut++) {
                            String t = longest.substring(0, longest.length() - cut) + last;
                            if (text.matches(t)) {
                                // The value that a reader with doubles gets.
                                BigDecimal read = n(Double.toString(Double.parseDouble(t)));
                                assertThat(each.members.test(read)).as(t).isTrue();
                            }
                        }
                    }
                }
            }
        }
    }

    private static String longest(Automaton text, String start, char digit) {
        int state = text.start();
        StringBuilder longest = new StringBuilder();
        for (int i = 0; i < start.length() + 60; i++) {
            char c = i < start.length() ? start.charAt(i) : digit;
            state = text.next(state, c);
            if (state < 0) {
                break;
            }
            longest.append(c);
        }
        return longest.toString();
    }

    @Test
    void setsWithTheSameMembersAreEqual() {
        NumberSet above = NumberSet.greaterThan(n("2"));
        NumberSet integers = NumberSet.integers();
        assertThat(above.and(integers)).isEqualTo(NumberSet.atLeast(n("3.0")).and(integers));
        assertThat(above.complement()).isEqualTo(NumberSet.atMost(n("2")));
        assertThat(NumberSet.multipleOf(n("1"))).isEqualTo(integers).hasSameHashCodeAs(integers);
        assertThat(NumberSet.multipleOf(n("2")).and(NumberSet.multipleOf(n("3"))))
                .isEqualTo(NumberSet.multipleOf(n("6")));
        assertThat(above.or(above.complement())).isEqualTo(NumberSet.all());
        assertThat(above.and(above.complement())).isEqualTo(NumberSet.none());
        assertThat(
                        NumberSet.atLeast(n("0.5"))
                                .and(NumberSet.lessThan(n("1")))
                                .and(integers)
                                .isEmpty())
                .isTrue();
        assertThat(NumberSet.oneOf(List.of(n("1.0")))).isEqualTo(NumberSet.oneOf(List.of(n("1"))));
        assertThat(NumberSet.oneOf(List.of())).isEqualTo(NumberSet.none());
    }

    @Test
    void finiteSetsAreListedInOrder() {
        NumberSet few =
                NumberSet.integers()
                        .and(NumberSet.atLeast(n("-2")))
                        .and(NumberSet.lessThan(n("11.5")));
        assertThat(few.isFinite()).isTrue();
        assertThat(few.values(14).orElseThrow()).hasSize(14).startsWith(n("-2")).endsWith(n("11"));
        assertThat(few.values(13)).isEmpty();
        assertThat(NumberSet.integers().isFinite()).isFalse();
        assertThat(NumberSet.integers().values(1000)).isEmpty();
    }

    @Test
    void textsHaveLimitedLengthButReachEveryBound() {
        NumberSet large = NumberSet.atLeast(n("1e300"));
        assertThat(large.text().matches("1" + "0".repeat(300))).isTrue();
        assertThat(NumberSet.atLeast(n("1e400")).isEmpty()).isTrue();
        assertThat(NumberSet.atMost(n("1e400"))).isEqualTo(NumberSet.all());
        NumberSet tiny = NumberSet.greaterThan(n("0")).and(NumberSet.lessThan(n("1e-60")));
        assertThat(tiny.text().isEmpty()).isFalse();
        assertThat(NumberSet.integers().text().isFinite()).isTrue();
        assertThat(NumberSet.all().readableText().matches("9".repeat(40))).isTrue();
        assertThat(NumberSet.all().readableText().matches("9".repeat(41))).isFalse();
        assertThat(NumberSet.all().text().matches("9".repeat(20))).isTrue();
        assertThat(NumberSet.all().text().matches("9".repeat(21))).isFalse();
        assertThat(NumberSet.all().text().matches("0.30000000000000004")).isTrue();
        NumberSet positive = NumberSet.greaterThan(n("0"));
        assertThat(positive.text().matches("99999.9999999999")).isTrue();
        assertThat(positive.text().matches("99999.99999999999")).isFalse();
    }

    @Test
    void wholeNumbersBeyondEveryBoundMayHaveTwentyDigits() {
        for (NumberSet set :
                List.of(
                        NumberSet.integers(),
                        NumberSet.integers().and(NumberSet.atLeast(n("1"))),
                        NumberSet.integers().and(NumberSet.atLeast(n("100000"))),
                        NumberSet.atLeast(n("0")))) {
            assertThat(set.text().matches("1785239045611139072")).isTrue();
            assertThat(set.text().matches("9".repeat(21))).isFalse();
        }
        NumberSet fives = NumberSet.integers().and(NumberSet.multipleOf(n("5")));
        assertThat(fives.text().matches("5".repeat(15))).isTrue();
        assertThat(fives.text().matches("5".repeat(16))).isFalse();
        assertThat(NumberSet.atMost(n("-3")).text().matches("-" + "9".repeat(18))).isTrue();
    }

    @Test
    void integersOf64BitsAreReadToTheirLastDigit() {
        NumberSet longs =
                NumberSet.integers()
                        .and(NumberSet.atLeast(n("-9223372036854775808")))
                        .and(NumberSet.atMost(n("9223372036854775807")));
        assertThat(longs.text().matches("9223372036854775807")).isTrue();
        assertThat(longs.text().matches("9223372036854775808")).isFalse();
        assertThat(longs.text().matches("-9223372036854775808")).isTrue();
    }

    @Test
    void setsBeyondTheLimitsAreRefused() {
        assertThat(NumberSet.multipleOf(n("1000000")).contains(n("3000000"))).isTrue();
        assertThat(NumberSet.multipleOf(n("1000000")).contains(n("3100000"))).isFalse();
        assertThat(NumberSet.multipleOf(n("4096")).text().matches("8192")).isTrue();
        assertThat(NumberSet.multipleOf(n("1e-8")).text().matches("0.12345678")).isTrue();
        assertThat(NumberSet.multipleOf(n("997")).text().matches("9970009970")).isTrue();
        assertThat(NumberSet.multipleOf(n("997")).text().matches("9970009971")).isFalse();
        NumberSet prime = NumberSet.multipleOf(n("9973"));
        assertThatThrownBy(prime::text).isInstanceOf(TooComplexException.class);
        assertThatThrownBy(() -> NumberSet.multipleOf(n("123456789")))
                .isInstanceOf(TooComplexException.class);
        assertThatThrownBy(() -> NumberSet.oneOf(List.of(n("1e5000"))))
                .isInstanceOf(TooComplexException.class);
    }
}
