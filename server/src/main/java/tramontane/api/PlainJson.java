package tramontane.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.JsonNull;

/** JSON trees as the plain values the engine module speaks, which knows no JSON library. */
public final class PlainJson {
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

    /** Whether all numbers in a value are within a double's range; JSON knows no such bound. */
    static boolean isFinite(JsonNode node) {
        if (node.isContainer()) {
            for (JsonNode child : node) {
                if (!isFinite(child)) {
                    return false;
                }
            }
            return true;
        }
        return !node.isNumber() || Double.isFinite(node.doubleValue());
    }

    private static List<Object> list(JsonNode array) {
        List<Object> list = new ArrayList<>(array.size());
        array.forEach(element -> list.add(value(element)));
        return list;
    }
}
