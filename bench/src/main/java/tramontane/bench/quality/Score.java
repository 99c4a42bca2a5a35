package tramontane.bench.quality;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * How much of an answer is right. Values are compared, not their spelling: 1 equals 1.0, the order
 * of keys does not matter, and a null field equals a missing one. Strings must be equal.
 *
 * @param exact true if the whole answer is right
 * @param fields leaves of the known answer
 * @param rightFields those that the answer has, with the same value at the same place
 */
record Score(boolean exact, int fields, int rightFields) {

    static Score of(JsonNode known, Optional<JsonNode> answer) {
        Map<String, String> wanted = new TreeMap<>();
        leaves("", known, wanted);
        Map<String, String> got = new TreeMap<>();
        answer.ifPresent(value -> leaves("", value, got));
        int right = 0;
        for (Map.Entry<String, String> leaf : wanted.entrySet()) {
            right += leaf.getValue().equals(got.get(leaf.getKey())) ? 1 : 0;
        }
        return new Score(wanted.equals(got), wanted.size(), right);
    }

    /** Paths to the scalars and to the empty arrays and objects below a value. */
    private static void leaves(String path, JsonNode value, Map<String, String> into) {
        if (value.isObject() && !value.isEmpty()) {
            value.properties()
                    .forEach(entry ->
                            leaves(path + "/" + key(entry.getKey()), entry.getValue(), into));
        } else if (value.isArray() && !value.isEmpty()) {
            for (int i = 0; i < value.size(); i++) {
                leaves(path + "/" + i, value.get(i), into);
            }
        } else if (value.isNumber()) {
            into.put(path, value.decimalValue().stripTrailingZeros().toPlainString());
        } else if (!value.isNull()) {
            into.put(path, value.toString());
        }
    }

    private static String key(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
