package tramontane.bench.quality;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A place in a task's text, and the field of the answer that it gives. */
sealed interface Slot {
    JsonNodeFactory JSON = JsonNodeFactory.instance;

    Drawing.Value draw(Drawing drawing);

    /** The JSON Schema of the value. */
    ObjectNode schema();

    /** What the prompt says about the type. */
    String hint();

    private static ObjectNode type(String name) {
        return JSON.objectNode().put("type", name);
    }

    private static Drawing.Value word(String text) {
        return new Drawing.Value(JSON.stringNode(text), text);
    }

    /** A word of a pool. */
    record Word(String pool) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            return word(drawing.word(pool));
        }

        @Override
        public ObjectNode schema() {
            return type("string");
        }

        @Override
        public String hint() {
            return "string";
        }
    }

    /** A pattern in which {@code #} is a digit. */
    record Code(String pattern) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            StringBuilder text = new StringBuilder();
            for (char c : pattern.toCharArray()) {
                text.append(c == '#' ? (char) ('0' + drawing.whole(0, 9)) : c);
            }
            return word(text.toString());
        }

        @Override
        public ObjectNode schema() {
            return type("string");
        }

        @Override
        public String hint() {
            return "string";
        }
    }

    /** A time of day such as 14:30. */
    record Clock() implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            int minute = 5 * drawing.whole(0, 11);
            return word(String.format(Locale.ROOT, "%d:%02d", drawing.whole(10, 22), minute));
        }

        @Override
        public ObjectNode schema() {
            return type("string");
        }

        @Override
        public String hint() {
            return "time HH:MM";
        }
    }

    /** An integer. */
    record Whole(int min, int max) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            int value = drawing.whole(min, max);
            return new Drawing.Value(JSON.numberNode(value), "" + value);
        }

        @Override
        public ObjectNode schema() {
            return type("integer");
        }

        @Override
        public String hint() {
            return "integer";
        }
    }

    /** A number with {@code digits} digits after the point. */
    record Decimal(int min, int max, int digits) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            int scale = BigDecimal.TEN.pow(digits).intValueExact();
            BigDecimal value = BigDecimal.valueOf(drawing.whole(min * scale, max * scale), digits);
            return new Drawing.Value(JSON.numberNode(value), drawing.language().decimal(value));
        }

        @Override
        public ObjectNode schema() {
            return type("number");
        }

        @Override
        public String hint() {
            return "number";
        }
    }

    /** A date in one of the years, or days after the one drawn before. */
    record Day(boolean later, int min, int max) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            LocalDate date = later ? drawing.dateAfter(min, max) : drawing.date(min, max);
            String text = drawing.pick(drawing.language().dates(date));
            return new Drawing.Value(JSON.stringNode(date.toString()), text);
        }

        @Override
        public ObjectNode schema() {
            return type("string").put("format", "date");
        }

        @Override
        public String hint() {
            return "date YYYY-MM-DD";
        }
    }

    /** Several values of one slot, written as a list. */
    record Many(Slot each, int min, int max) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            ArrayNode list = JSON.arrayNode();
            List<String> texts = new ArrayList<>();
            int count = drawing.whole(min, max);
            for (int i = 0; i < count; i++) {
                Drawing.Value value = each.draw(drawing);
                list.add(value.json());
                texts.add(value.text());
            }
            return new Drawing.Value(list, drawing.language().join(texts));
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = type("array");
            schema.set("items", each.schema());
            return schema;
        }

        @Override
        public String hint() {
            return each instanceof Row
                    ? "list of objects with " + each.hint()
                    : "list of " + each.hint() + "s";
        }
    }

    /** An object that is written as a phrase; its text has {@code {name}} for each slot. */
    record Row(String text, Map<String, Slot> slots) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            Map<String, Drawing.Value> values = Template.draw(slots, drawing);
            ObjectNode json = JSON.objectNode();
            values.forEach((name, value) -> json.set(name, value.json()));
            return new Drawing.Value(json, Template.fill(text, values));
        }

        @Override
        public ObjectNode schema() {
            Map<String, JsonNode> properties = new LinkedHashMap<>();
            slots.forEach((name, slot) -> properties.put(name, slot.schema()));
            return Template.object(properties);
        }

        @Override
        public String hint() {
            List<String> fields = new ArrayList<>();
            slots.forEach((name, slot) -> fields.add(name + " (" + slot.hint() + ")"));
            return String.join(", ", fields);
        }
    }

    /** One of several labels; the text has a sentence that points to it. */
    record Label(Map<String, List<String>> cues) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            String label = drawing.pick(List.copyOf(cues.keySet()));
            List<String> sentences = cues.getOrDefault(label, List.of());
            return new Drawing.Value(JSON.stringNode(label), drawing.pick(sentences));
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = JSON.objectNode();
            ArrayNode values = schema.putArray("enum");
            cues.keySet().forEach(values::add);
            return schema;
        }

        @Override
        public String hint() {
            return "one of: " + String.join(", ", cues.keySet());
        }
    }

    /** A sentence that half of the texts lack; {@code {}} in it stands for the value. */
    record Maybe(String sentence, Slot slot) implements Slot {
        @Override
        public Drawing.Value draw(Drawing drawing) {
            Drawing.Value value = slot.draw(drawing);
            return drawing.coin()
                    ? new Drawing.Value(value.json(), sentence.replace("{}", value.text()))
                    : new Drawing.Value(JSON.nullNode(), "");
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = slot.schema();
            String type = schema.path("type").asString();
            schema.putArray("type").add(type).add("null");
            return schema;
        }

        @Override
        public String hint() {
            return slot.hint() + " or null";
        }
    }
}
