package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What kinds of value there are, and what Python asks of all of them. */
final class Values {
    private Values() {}

    /**
     * A value handed in from outside; strings in it are a caller's unless they already are {@link
     * Text}.
     */
    static Object of(Object outside) {
        return of(outside, 0);
    }

    private static Object of(Object outside, int depth) {
        if (depth > Limits.INPUT_DEPTH_MAX) {
            throw TemplateException.limit(
                    "a value for the chat template nests deeper than "
                            + Limits.INPUT_DEPTH_MAX
                            + " levels");
        }
        return switch (outside) {
            case String string -> Text.untrusted(string);
            case Text text -> text;
            case Boolean bool -> bool;
            case None none -> none;
            case Integer number -> (long) number;
            case Long number -> number;
            case BigInteger number -> Arithmetic.integer(number);
            case Float number -> (double) number;
            case Double number -> number;
            case BigDecimal number -> number.doubleValue();
            case List<?> list -> {
                List<Object> items = new ArrayList<>(list.size());
                for (Object item : list) {
                    items.add(of(item, depth + 1));
                }
                yield items;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> items = LinkedHashMap.newLinkedHashMap(map.size());
                map.forEach((key, value) -> items.put(of(key, depth + 1), of(value, depth + 1)));
                yield items;
            }
            default ->
                    throw new IllegalArgumentException("no template value: " + outside.getClass());
        };
    }

    static String typeName(Object value) {
        return switch (value) {
            case Text text -> text.isMarkup() ? "Markup" : "str";
            case Boolean _ -> "bool";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case None _ -> "NoneType";
            case List<?> _ -> "list";
            case Tuple _ -> "tuple";
            case Map<?, ?> _ -> "dict";
            case Lazy _ -> "generator";
            case Namespace _ -> "Namespace";
            case Undefined _ -> "Undefined";
            case LoopState _ -> "LoopContext";
            default -> "function";
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case Boolean bool -> bool;
            case Text text -> !text.isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            case None _, Undefined _ -> false;
            case List<?> list -> !list.isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
    }

    static boolean isNumber(Object value) {
        return isInteger(value) || value instanceof Double;
    }

    /** The items a loop would run over. */
    @SuppressWarnings("unchecked")
    static List<Object> items(Object value, Budget budget) {
        return switch (value) {
            case List<?> list -> (List<Object>) list;
            case Tuple tuple -> tuple.items();
            case Lazy lazy -> lazy.items();
            case Map<?, ?> map -> {
                budget.elements(map.size());
                yield new ArrayList<>(map.keySet());
            }
            case Text text -> characters(text, budget);
            case Undefined _ -> List.of();
            default ->
                    throw TemplateException.failed(
                            "'" + typeName(value) + "' object is not iterable");
        };
    }

    private static List<Object> characters(Text text, Budget budget) {
        String chars = text.chars();
        budget.elements(chars.length());
        List<Object> items = new ArrayList<>(chars.length());
        for (int at = 0, end; at < chars.length(); at = end) {
            end = at + Character.charCount(chars.codePointAt(at));
            items.add(text.slice(at, end, budget));
        }
        return items;
    }

    static int length(Object value) {
        return switch (value) {
            case Text text -> text.codePoints();
            case List<?> list -> list.size();
            case Tuple tuple -> tuple.items().size();
            case Map<?, ?> map -> map.size();
            case Undefined _ -> 0;
            case LoopState loop -> loop.length();
            default ->
                    throw TemplateException.failed(
                            "object of type '" + typeName(value) + "' has no len()");
        };
    }

    /**
     * A value that may be a dictionary's key. Tuples may not: hashing nested ones could take for
     * ever.
     */
    static Object key(Object value) {
        if (value instanceof Text || isNumber(value) || value == None.NONE) {
            return value;
        }
        throw TemplateException.failed("unhashable type: '" + typeName(value) + "'");
    }

    static Text text(Object value, String what) {
        return switch (value) {
            case Text text -> text;
            case Undefined undefined -> throw undefined.failure();
            default ->
                    throw TemplateException.failed(what + " must be str, not " + typeName(value));
        };
    }

    static int number(Object value, String what) {
        return switch (value) {
            case Boolean bool -> bool ? 1 : 0;
            case Long number -> Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case Undefined undefined -> throw undefined.failure();
            default ->
                    throw TemplateException.failed(
                            what + " must be an integer, not " + typeName(value));
        };
    }
}
