package tramontane.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import tramontane.grammar.automaton.WorkBudget;

/** Every schema is enforced or refused within the work budget of one request. */
class SchemaWorkTest {
    /** Bytes that the schemas of one request may allocate, most of them short-lived. */
    private static final long MAX_BYTES = 2L << 30;

    private static final long STEPS = WorkBudget.MAX_STEPS_PER_REQUEST;
    private static final long A_LAST_AUTOMATON = 8_000_000;

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static List<Object> list(int size, IntFunction<Object> item) {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            list.add(item.apply(i));
        }
        return list;
    }

    private static Map<String, Object> named(int size, IntFunction<Object> value) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            map.put("p" + i, value.apply(i));
        }
        return map;
    }

    private static Object ref(int i) {
        return map("$ref", "#/$defs/p" + i);
    }

    /** Definitions that each use the one before. */
    private static Object chain(int length, IntFunction<Object> next) {
        Map<String, Object> definitions =
                named(length + 1, i -> i == 0 ? map("type", "string") : next.apply(i - 1));
        return map("$defs", definitions, "$ref", "#/$defs/p" + length);
    }

    private static Object object(Map<String, Object> properties) {
        return map(
                "type",
                "object",
                "properties",
                properties,
                "required",
                new ArrayList<>(properties.keySet()));
    }

    /**
     * Definitions that all require each other; only the first has an alternative without a
     * reference.
     */
    private static Object clique(int size) {
        Map<String, Object> definitions =
                named(
                        size,
                        i -> {
                            List<Object> ways = list(size, j -> object(map("k" + j, ref(j))));
                            if (i == 0) {
                                ways.add(map("type", "integer"));
                            }
                            return map("anyOf", ways);
                        });
        return map("$defs", definitions, "$ref", "#/$defs/p0");
    }

    private static final Map<String, Object> SHAPES = new LinkedHashMap<>();

    static {
        for (int length : new int[] {60, 2_000}) {
            SHAPES.put(
                    length + " required twice",
                    chain(length, i -> object(map("a", ref(i), "b", ref(i)))));
            SHAPES.put(
                    length + " items twice",
                    chain(length, i -> map("type", "array", "items", ref(i), "minItems", 2)));
            SHAPES.put(
                    length + " more properties twice",
                    chain(
                            length,
                            i ->
                                    map(
                                            "type",
                                            "object",
                                            "additionalProperties",
                                            ref(i),
                                            "minProperties",
                                            2)));
            SHAPES.put(
                    length + " contained twice",
                    chain(length, i -> map("type", "array", "contains", ref(i), "minContains", 2)));
            SHAPES.put(
                    length + " oneOf",
                    chain(
                            length,
                            i -> map("oneOf", List.of(ref(i), object(map("k" + i, ref(i)))))));
            SHAPES.put(
                    length + " null or next",
                    chain(
                            length,
                            i ->
                                    object(
                                            map(
                                                    "x",
                                                    map(
                                                            "anyOf",
                                                            List.of(
                                                                    map("type", "null"),
                                                                    ref(i)))))));
        }
        SHAPES.put("clique of 14", clique(14));
        SHAPES.put(
                "product of anyOf",
                map(
                        "type",
                        "object",
                        "allOf",
                        list(
                                20,
                                i ->
                                        map(
                                                "anyOf",
                                                list(
                                                        4,
                                                        j ->
                                                                object(
                                                                        map(
                                                                                "p" + i,
                                                                                map(
                                                                                        "const",
                                                                                        j))))))));
        SHAPES.put("enum of 100,000", map("enum", list(100_000, i -> "v" + i * 7919L)));
        SHAPES.put("enum of objects", map("enum", list(390, i -> map("k" + i, i, "z", i))));
        SHAPES.put(
                "patterns with counts",
                object(
                        named(
                                1_000,
                                i ->
                                        map(
                                                "type",
                                                "string",
                                                "pattern",
                                                "^[a-z]{" + i + ",2000}[0-9]{9}$"))));
        SHAPES.put(
                "patterns that double",
                object(
                        named(
                                300,
                                i ->
                                        map(
                                                "type",
                                                "string",
                                                "pattern",
                                                "^(a|b)*a(a|b){11}c{" + i + "}$"))));
        SHAPES.put(
                "patterns too complex",
                object(
                        named(
                                300,
                                i ->
                                        map(
                                                "type",
                                                "string",
                                                "pattern",
                                                "^(a|b)*a(a|b){20}" + i + "$"))));
        SHAPES.put(
                "patterns of any",
                map("anyOf", list(300, i -> map("pattern", "x{" + i + "}.*y{" + (300 - i) + "}"))));
        SHAPES.put(
                "overlapping patternProperties",
                map(
                        "patternProperties",
                        Map.copyOf(
                                named(200, i -> map("maxLength", i)).entrySet().stream()
                                        .collect(
                                                java.util.stream.Collectors.toMap(
                                                        e -> e.getKey() + ".*x",
                                                        Map.Entry::getValue)))));
        SHAPES.put(
                "few very long names",
                map(
                        "type",
                        "object",
                        "propertyNames",
                        map("pattern", "^(a|b){13}c{9000}$"),
                        "minProperties",
                        9));
        SHAPES.put(
                "long names",
                map(
                        "type",
                        "object",
                        "propertyNames",
                        map("minLength", 8_000, "maxLength", 9_000),
                        "minProperties",
                        99));
        SHAPES.put(
                "10,000 properties",
                object(named(10_000, i -> map("type", "string", "maxLength", i))));
        SHAPES.put("minItems 1e9", map("type", "array", "minItems", 1_000_000_000));
        SHAPES.put("minLength 1e9", map("type", "string", "minLength", 1_000_000_000));
        SHAPES.put(
                "nested minItems",
                map(
                        "type",
                        "array",
                        "minItems",
                        9_999,
                        "items",
                        map("type", "array", "minItems", 9_999)));
        SHAPES.put(
                "long strings",
                object(named(1_000, i -> map("type", "string", "minLength", 9_999))));
        SHAPES.put(
                "large candidates",
                map(
                        "anyOf",
                        list(
                                390,
                                i ->
                                        map(
                                                "type",
                                                "array",
                                                "minItems",
                                                9_000 + i,
                                                "items",
                                                map("type", "string", "minLength", 100)))));
        SHAPES.put(
                "multiples",
                object(named(1_000, i -> map("type", "number", "multipleOf", 1_000 + i))));
        SHAPES.put(
                "small patterns",
                object(
                        named(
                                9,
                                i ->
                                        map(
                                                "pattern",
                                                "^([a-z]{3}|[0-9]{5})*" + i + "$",
                                                "minLength",
                                                90 + i,
                                                "maxLength",
                                                91 + i))));
        SHAPES.put(
                "a small multiple", map("type", "number", "multipleOf", new BigDecimal("1e-300")));
        SHAPES.put(
                "ranges",
                map(
                        "anyOf",
                        list(
                                20_000,
                                i ->
                                        map(
                                                "type", "number", "minimum", 2 * i, "maximum",
                                                2 * i + 1))));
        SHAPES.put("constants of one", map("oneOf", list(700, i -> map("const", "x" + i))));
        SHAPES.put(
                "array lengths of one",
                map(
                        "oneOf",
                        list(300, i -> map("type", "array", "minItems", i, "maxItems", i + 3))));
        SHAPES.put(
                "large alternatives",
                map("oneOf", list(300, i -> object(named(100, j -> map("maxLength", i + j))))));
        SHAPES.put(
                "contains",
                map("type", "array", "allOf", list(60, i -> map("contains", map("const", i)))));
        SHAPES.put(
                "conditions",
                map(
                        "type",
                        "object",
                        "allOf",
                        list(
                                20,
                                i ->
                                        map(
                                                "if",
                                                object(map("a" + i, map("const", i))),
                                                "then",
                                                map("required", List.of("t" + i))))));
        Object negated = map("type", "string");
        for (int i = 0; i < 900; i++) {
            negated = map("not", negated);
        }
        SHAPES.put("not of not", negated);
    }

    @Test
    void everySchemaIsEnforcedOrRefusedWithinTheBudget() {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SHAPES.forEach((name, schema) -> {
            WorkBudget work = WorkBudget.forRequest();
            long before = memory.getCurrentThreadAllocatedBytes();
            assertThatCode(() -> verdict(schema, work)).as(name).doesNotThrowAnyException();
            assertThat(work.spent()).as(name).isBetween(1L, STEPS + A_LAST_AUTOMATON);
            assertThat(memory.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for %s", name)
                    .isLessThan(MAX_BYTES);
        });
    }

    private static String verdict(Object schema, WorkBudget work) {
        try {
            JsonSchema.compile(schema, work);
            return "enforced";
        } catch (SchemaException e) {
            return e.refusals().toString();
        }
    }

    @Test
    void cachedResultsCostTheSameSteps() {
        for (String name : List.of("patterns too complex", "patterns of any", "small patterns")) {
            WorkBudget first = WorkBudget.forRequest();
            Object schema = Objects.requireNonNull(SHAPES.get(name));
            String verdict = verdict(schema, first);
            WorkBudget second = WorkBudget.forRequest();
            assertThat(verdict(schema, second)).isEqualTo(verdict);
            assertThat(second.spent()).as(name).isEqualTo(first.spent());
        }
    }

    @Test
    void schemasOfARequestShareOneBudget() throws SchemaException {
        Object large =
                object(
                        named(
                                100,
                                i ->
                                        map(
                                                "type",
                                                "string",
                                                "pattern",
                                                "^(a|b)*a(a|b){10}" + i + "$")));
        WorkBudget work = WorkBudget.forRequest();
        JsonSchema.compile(large, work);
        assertThat(work.isExhausted()).isFalse();
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 10; i++) {
                                JsonSchema.compile(large, work);
                            }
                        })
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("needs too much work together with the other schemas");
    }

    @Test
    void aShortestValueIsFoundInMutuallyRecursiveDefinitions() {
        assertThat(verdict(clique(14), WorkBudget.forRequest())).isEqualTo("enforced");
    }
}
