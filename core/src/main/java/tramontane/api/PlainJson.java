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

/** Converts Jackson's trees to plain Java values: the engine module uses no JSON library. */
public final class PlainJson {
    private static final int MAX_SHOWN_CHARS = 100;

    private PlainJson() {}

    static Map<String, Object> map(ObjectNode object) {
        Map<String, Object> map = LinkedHashMap.newLinkedHashMap(object.size());
        object.properties()
                .forEach(property -> map.put(property.getKey(), value(property.getValue())));
        return map;
    }

    /** Any JSON value. The recursion is bounded, since the parser limits the depth of trees. */
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
     * A number as the nearest double, infinite if out of range. {@link JsonNode#doubleValue} throws
     * for integers out of range, so it is used nowhere else.
     */
    static double real(JsonNode number) {
        return number.isIntegralNumber()
                ? number.bigIntegerValue().doubleValue()
                : number.doubleValue();
    }

    /** The JSON pointer to the first number out of a double's range; empty if there is none. */
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

    /** A client's text for use in a message: truncated, and valid Unicode. */
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
