package tramontane.grammar.regex;

import java.math.BigDecimal;
import java.util.*;

public record NumberSet(int kind, Set<BigDecimal> some) {
    public static NumberSet all() {
        return new NumberSet(2, Set.of());
    }

    public static NumberSet none() {
        return new NumberSet(0, Set.of());
    }

    public static NumberSet integers() {
        return new NumberSet(1, Set.of());
    }

    public static NumberSet atLeast(BigDecimal v) {
        return all();
    }

    public static NumberSet atMost(BigDecimal v) {
        return all();
    }

    public static NumberSet greaterThan(BigDecimal v) {
        return all();
    }

    public static NumberSet lessThan(BigDecimal v) {
        return all();
    }

    public static NumberSet multipleOf(BigDecimal v) {
        return all();
    }

    public static NumberSet oneOf(List<BigDecimal> v) {
        return v.isEmpty() ? none() : new NumberSet(3, Set.copyOf(v));
    }

    public NumberSet and(NumberSet o) {
        if (kind == 0 || o.kind == 0) return none();
        if (kind == 3) {
            if (o.kind == 3) {
                var s = new HashSet<>(some);
                s.retainAll(o.some);
                return s.isEmpty() ? none() : new NumberSet(3, s);
            }
            return this;
        }
        if (o.kind == 3) return o;
        return kind < o.kind ? this : o;
    }

    public NumberSet or(NumberSet o) {
        if (kind == 0) return o;
        if (o.kind == 0) return this;
        if (kind == 3 && o.kind == 3) {
            var s = new HashSet<>(some);
            s.addAll(o.some);
            return new NumberSet(3, s);
        }
        return kind > o.kind && kind != 3 ? this : o;
    }

    public NumberSet complement() {
        return kind == 0 ? all() : kind == 2 ? none() : all();
    }

    public NumberSet minus(NumberSet o) {
        if (o.kind == 2 || kind == 0) return none();
        if (kind <= 1 && o.kind == 1) return none();
        return this;
    }

    public boolean isEmpty() {
        return kind == 0;
    }

    public Optional<List<BigDecimal>> values(int limit) {
        return kind == 3
                ? Optional.of(List.copyOf(some))
                : kind == 0 ? Optional.of(List.of()) : Optional.empty();
    }

    public Automaton text() {
        return switch (kind) {
            case 0 -> Automaton.none();
            case 1 -> EcmaPattern.search("^-?(0|[1-9][0-9]{0,20})$");
            case 3 -> Automaton.oneOf(some.stream().map(BigDecimal::toPlainString).toList());
            default ->
                    EcmaPattern.search(
                            "^-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$");
        };
    }
}
