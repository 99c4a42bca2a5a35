package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The draft of JSON Schema that a document declares with {@code $schema}.
 *
 * <p>A draft ignores the keywords of later drafts, so they are removed before the schema is read. A
 * document that declares no draft, or an unknown one, may use the keywords of all drafts. Keywords
 * that a draft has replaced ({@code definitions}, {@code dependencies}, a list under {@code items})
 * keep their meaning in it.
 */
final class Draft {
    private static final Pattern DECLARED =
            Pattern.compile("json-schema\\.org/draft(?:-0([3-7])|/(2019-09|2020-12))/");

    private final Optional<String> name;
    private final Set<String> ignored = new HashSet<>();
    private final Map<Object, Object> read = new IdentityHashMap<>();

    private Draft(Optional<String> name) {
        this.name = name;
        name.ifPresent(declared -> ignored.addAll(Keywords.addedAfter(declared)));
    }

    static Draft of(Object document) {
        if (document instanceof Map<?, ?> schema && schema.get("$schema") instanceof String uri) {
            Matcher declared = DECLARED.matcher(uri);
            if (declared.find()) {
                String number = declared.group(1) != null ? declared.group(1) : declared.group(2);
                return new Draft(Optional.of(number.equals("5") ? "4" : number));
            }
        }
        return new Draft(Optional.empty());
    }

    /** True when the keywords beside a {@code $ref} are ignored. */
    boolean refersAlone() {
        return is("3", "4", "6", "7");
    }

    /**
     * True when a number with a decimal point is not an integer and exclusive bounds are booleans.
     */
    boolean isUpTo4() {
        return is("3", "4");
    }

    boolean is2019() {
        return is("2019-09");
    }

    private boolean is(String... drafts) {
        return name.filter(declared -> List.of(drafts).contains(declared)).isPresent();
    }

    /** The schema without the keywords that this draft ignores. */
    Object reading(Object schema) {
        if (ignored.isEmpty() || !(schema instanceof Map<?, ?> map)) {
            return schema;
        }
        Object known = read.get(schema);
        if (known == null) {
            known = without(map);
            read.put(schema, known);
            // The result maps to itself, so that reading it again does no work.
            read.put(known, known);
        }
        return known;
    }

    private Map<Object, Object> without(Map<?, ?> schema) {
        Map<Object, Object> kept = new LinkedHashMap<>();
        schema.forEach((keyword, value) -> {
            boolean bound =
                    keyword.equals("exclusiveMinimum") || keyword.equals("exclusiveMaximum");
            boolean later =
                    ignored.contains(keyword) || bound && isUpTo4() && value instanceof Number;
            if (!later) {
                kept.put(keyword, inside((String) keyword, value));
            }
        });
        return kept;
    }

    private Object inside(String keyword, Object value) {
        return switch (Keywords.holds(keyword)) {
            case NOTHING -> value;
            case SCHEMA, LIST, EITHER ->
                    value instanceof List<?> list ? readings(list) : reading(value);
            case NAMED, DEFINITIONS -> {
                if (!(value instanceof Map<?, ?> map)) {
                    yield value;
                }
                Map<Object, Object> named = new LinkedHashMap<>();
                map.forEach((key, each) -> named.put(key, reading(each)));
                yield named;
            }
        };
    }

    private List<Object> readings(List<?> schemas) {
        List<Object> readings = new ArrayList<>();
        schemas.forEach(each -> readings.add(reading(each)));
        return readings;
    }
}
