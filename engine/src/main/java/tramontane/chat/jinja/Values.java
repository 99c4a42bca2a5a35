package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The types of values, and the operations that all of them have in Python. */
final class Values {
    private Values() {}

    /**
     * Converts a value from outside. Its strings are a caller's text unless they are {@link Text}.
     */
    static Object of(Object outside) {
        return of(outside, 0);
    }

    private static Object of(Object outside, int depth) {
        if (depth > TemplateLimits.MAX_INPUT_DEPTH) {
            throw TemplateException.limit(
                    "a value for the chat template nests deeper than "
                            + TemplateLimits.MAX_INPUT_DEPTH
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
            case Range _ -> "range";
            case View view -> view.name();
            case Encoded _ -> "bytes";
            case Macro _ -> "Macro";
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
            case Range range -> range.size() > 0;
            case View view -> !view.items().isEmpty();
            case Encoded encoded -> !encoded.text().isEmpty();
            default -> true;
        };
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
    }

    static boolean isNumber(Object value) {
        return isInteger(value) || value instanceof Double;
    }

    /** The items of an iterable. */
    @SuppressWarnings("unchecked")
    static List<Object> items(Object value, Budget budget) {
        return switch (value) {
            case List<?> list -> (List<Object>) list;
            case Tuple tuple -> tuple.items();
            case Lazy lazy -> lazy.items();
            case Range range -> range.items();
            case View view -> view.items();
            case Encoded encoded -> octets(encoded, budget);
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

    private static List<Object> octets(Encoded encoded, Budget budget) {
        byte[] bytes = encoded.bytes();
        budget.elements(bytes.length);
        List<Object> items = new ArrayList<>(bytes.length);
        for (byte each : bytes) {
            items.add((long) (each & 0xFF));
        }
        return items;
    }

    private static List<Object> characters(Text text, Budget budget) {
        String chars = text.chars();
        budget.elements(chars.length());
        List<Object> items = new ArrayList<>(chars.length());
        for (int at = 0, end; at < chars.length(); at = end) {
            end = at + Character.charCount(chars.codePointAt(at));
            items.add(text.slice(at, end, budget).asPlain());
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
            case Range range -> (int) range.size();
            case View view -> view.items().size();
            case Encoded encoded -> encoded.bytes().length;
            case LoopState loop -> loop.length();
            default ->
                    throw TemplateException.failed(
                            "object of type '" + typeName(value) + "' has no len()");
        };
    }

    private static final int MAX_KEY_ITEMS = 100;

    /**
     * A value as the key of a dictionary. Nested tuples are refused, because hashing them can take
     * exponential time.
     */
    static Object key(Object value) {
        if (value instanceof Tuple tuple && tuple.items().size() <= MAX_KEY_ITEMS) {
            tuple.items().stream()
                    .filter(Tuple.class::isInstance)
                    .findFirst()
                    .ifPresent(nested -> {
                        throw TemplateException.failed("a key cannot be a tuple within a tuple");
                    });
            tuple.items().forEach(Values::key);
            return value;
        }
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
