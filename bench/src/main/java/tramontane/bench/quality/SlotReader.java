package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Reads slots from a file of tasks. A string is a simple slot:
 *
 * <pre>
 * POOL                      a word of that pool
 * code PATTERN              each # is a digit
 * time                      such as 14:30
 * int MIN MAX
 * decimal MIN MAX DIGITS
 * date FIRST-YEAR LAST-YEAR
 * date after MIN MAX        days after the date before
 * many POOL MIN MAX         a list of words
 * ints MIN MAX FROM TO      a list of integers
 * </pre>
 *
 * An object has {@code rows} (a list of objects), {@code label} (a classification) or {@code maybe}
 * (a value that may be missing).
 */
final class SlotReader {
    private SlotReader() {}

    static Map<String, Slot> all(JsonNode slots) {
        Map<String, Slot> read = new LinkedHashMap<>();
        slots.properties().forEach(entry -> read.put(entry.getKey(), one(entry.getValue())));
        return read;
    }

    private static Slot one(JsonNode json) {
        if (json.isString()) {
            return simple(json.asString());
        }
        if (json.has("rows")) {
            Slot row = new Slot.Row(json.path("rows").asString(), all(json.path("slots")));
            return new Slot.Many(row, json.path("min").asInt(), json.path("max").asInt());
        }
        if (json.has("maybe")) {
            return new Slot.Maybe(json.path("maybe").asString(), one(json.path("slot")));
        }
        Map<String, List<String>> cues = new LinkedHashMap<>();
        json.path("label")
                .properties()
                .forEach(entry -> cues.put(entry.getKey(), strings(entry.getValue())));
        return new Slot.Label(cues);
    }

    private static Slot simple(String text) {
        String[] words = text.split(" ", 2);
        return words.length == 1
                ? words[0].equals("time") ? new Slot.Clock() : new Slot.Word(words[0])
                : withArguments(words[0], words[1]);
    }

    private static Slot withArguments(String kind, String rest) {
        String[] words = rest.split(" ");
        return switch (kind) {
            case "code" -> new Slot.Code(rest);
            case "int" -> new Slot.Whole(number(words, 0), number(words, 1));
            case "decimal" ->
                    new Slot.Decimal(number(words, 0), number(words, 1), number(words, 2));
            case "date" ->
                    words[0].equals("after")
                            ? new Slot.Day(true, number(words, 1), number(words, 2))
                            : new Slot.Day(false, number(words, 0), number(words, 1));
            case "many" ->
                    new Slot.Many(new Slot.Word(words[0]), number(words, 1), number(words, 2));
            case "ints" ->
                    new Slot.Many(
                            new Slot.Whole(number(words, 2), number(words, 3)),
                            number(words, 0),
                            number(words, 1));
            default -> throw new IllegalArgumentException("no kind of slot named " + kind);
        };
    }

    private static int number(String[] words, int index) {
        return Integer.parseInt(words[index]);
    }

    static List<String> strings(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asString()));
        return texts;
    }
}
