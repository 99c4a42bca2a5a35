package tramontane.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Python's comparisons. */
final class Comparison {
    private Comparison() {}

    static boolean test(String operator, Object left, Object right, Budget budget) {
        return switch (operator) {
            case "==" -> equal(left, right, budget);
            case "!=" -> !equal(left, right, budget);
            case "in" -> contains(right, left, budget);
            case "not in" -> !contains(right, left, budget);
            case "<" -> order(left, right, operator, budget) < 0;
            case "<=" -> order(left, right, operator, budget) <= 0;
            case ">" -> order(left, right, operator, budget) > 0;
            default -> order(left, right, operator, budget) >= 0;
        };
    }

    static boolean equal(Object left, Object right, Budget budget) {
        budget.enter();
        boolean equal = equalInside(left, right, budget);
        budget.leave();
        return equal;
    }

    private static boolean equalInside(Object left, Object right, Budget budget) {
        if (left == right) {
            return !(left instanceof Double number && number.isNaN());
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return numbersEqual(left, right);
        }
        if (left instanceof Text a && right instanceof Text b) {
            budget.scan(Math.min(a.length(), b.length()));
            return a.equals(b);
        }
        if (left instanceof Undefined && right instanceof Undefined) {
            return true;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return listsEqual(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return listsEqual(a.items(), b.items(), budget);
        }
        if (left instanceof Range a && right instanceof Range b) {
            return listsEqual(a.items(), b.items(), budget);
        }
        if (left instanceof Encoded a && right instanceof Encoded b) {
            return equal(a.text(), b.text(), budget);
        }
        return left instanceof Map<?, ?> a
                && right instanceof Map<?, ?> b
                && mapsEqual(a, b, budget);
    }

    private static boolean numbersEqual(Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            return Arithmetic.real(left) == Arithmetic.real(right);
        }
        return Arithmetic.big(left).equals(Arithmetic.big(right));
    }

    private static boolean listsEqual(List<?> left, List<?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean mapsEqual(Map<?, ?> left, Map<?, ?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Map.Entry<?, ?> entry : left.entrySet()) {
            if (!right.containsKey(entry.getKey())
                    || !equal(
                            entry.getValue(),
                            Objects.requireNonNull(right.get(entry.getKey())),
                            budget)) {
                return false;
            }
        }
        return true;
    }

    /** True if {@code container} contains {@code item}. */
    static boolean contains(Object container, Object item, Budget budget) {
        return switch (container) {
            case Text text -> containsText(text, item, budget);
            case Map<?, ?> map ->
                    !(item instanceof Undefined) && Access.inMap(map, Values.key(item)).isPresent();
            case Undefined _ -> false;
            case List<?> _, Tuple _, Lazy _, Range _, View _, Encoded _ -> {
                for (Object candidate : Values.items(container, budget)) {
                    if (equal(candidate, item, budget)) {
                        yield true;
                    }
                }
                yield false;
            }
            default ->
                    throw TemplateException.failed(
                            "argument of type '"
                                    + Values.typeName(container)
                                    + "' is not iterable");
        };
    }

    private static boolean containsText(Text text, Object item, Budget budget) {
        if (!(item instanceof Text part)) {
            throw TemplateException.failed(
                    "'in <string>' requires string as left operand, not " + Values.typeName(item));
        }
        budget.search(text.length(), part.length());
        return text.chars().contains(part.chars());
    }

    static int order(Object left, Object right, String operator, Budget budget) {
        budget.enter();
        int order = orderInside(left, right, operator, budget);
        budget.leave();
        return order;
    }

    private static int orderInside(Object left, Object right, String operator, Budget budget) {
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (Values.isInteger(left) && Values.isInteger(right)) {
            return Arithmetic.big(left).compareTo(Arithmetic.big(right));
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return Arithmetic.compareReals(left, right);
        }
        if (left instanceof Text a && right instanceof Text b) {
            budget.scan(Math.min(a.length(), b.length()));
            return byCodePoint(a.chars(), b.chars());
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return orderItems(a, b, operator, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return orderItems(a.items(), b.items(), operator, budget);
        }
        throw TemplateException.failed(
                "'"
                        + operator
                        + "' not supported between instances of '"
                        + Values.typeName(left)
                        + "' and '"
                        + Values.typeName(right)
                        + "'");
    }

    private static int orderItems(List<?> left, List<?> right, String operator, Budget budget) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                return order(left.get(i), right.get(i), operator, budget);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    // In UTF-16, surrogates come before U+E000 to U+FFFF; in Python's code points, after them.
    private static int byCodePoint(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean oneSurrogate = Character.isSurrogate(a) != Character.isSurrogate(b);
                return oneSurrogate ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
