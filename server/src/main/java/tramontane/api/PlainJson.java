package tramontane.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.JsonNull;

/** JSON trees as the plain values the engine module speaks, which knows no JSON library. */
public final class PlainJson {
    private static final int MAX_SHOWN_CHARS = 100;

    private PlainJson() {}

    static Map<String, Object> map(ObjectNode object) {
        Map<String, Object> map = LinkedHashMap.newLinkedHashMap(object.size());
        object.properties()
                .forEach(property -> map.put(property.getKey(), value(property.getValue())));
        return map;
    }

    /**
     * Any JSON value. The depth of the tree is bounded where it was read, so this recursion is,
     * too.
     */
    public static Object value(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> map((ObjectNode) node);
            case ARRAY -> list(node);
            case STRING -> node.stringValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.numberValue();
            case NULL, MISSING, BINARY, POJO -> JsonNull.NULL;
        };
    }

    /**
     * A number as the nearest double, infinite when it is out of range. {@link
     * JsonNode#doubleValue} throws for integers that are out of range, so it is called nowhere
     * else.
     */
    static double real(JsonNode number) {
        return number.isIntegralNumber()
                ? number.bigIntegerValue().doubleValue()
                : number.doubleValue();
    }

    /**
     * The JSON pointer to the first number that a double cannot hold, or empty when there is none.
     * JSON itself has no such bound.
     */
    static Optional<String> tooLarge(JsonNode node) {
        return switch (node) {
            case ObjectNode object ->
                    object.properties().stream()
                            .flatMap(property ->
                                    tooLarge(property.getValue())
                                            .map(rest -> step(property.getKey()) + rest)
                                            .stream())
                            .findFirst();
            case ArrayNode array ->
                    IntStream.range(0, array.size())
                            .boxed()
                            .flatMap(i ->
                                    tooLarge(array.get(i)).map(rest -> "/" + i + rest).stream())
                            .findFirst();
            default ->
                    node.isNumber() && !Double.isFinite(real(node))
                            ? Optional.of("")
                            : Optional.empty();
        };
    }

    private static String step(String key) {
        return "/" + shown(key.replace("~", "~0").replace("/", "~1"));
    }

    /** A caller's text as part of a message: cut to a moderate length, and valid Unicode. */
    static String shown(Object text) {
        String whole = text.toString();
        return Faults.wellFormed(
                whole.length() <= MAX_SHOWN_CHARS
                        ? whole
                        : whole.substring(0, MAX_SHOWN_CHARS) + "…");
    }

    private static List<Object> list(JsonNode array) {
        List<Object> list = new ArrayList<>(array.size());
        array.forEach(element -> list.add(value(element)));
        return list;
    }
}
