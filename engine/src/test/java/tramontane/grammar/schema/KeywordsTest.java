package tramontane.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tramontane.grammar.schema.Keyword.ReadBy;

/** The table of keywords says what the reader does. */
class KeywordsTest {
    private static final Path GUIDE = Path.of("../docs/GRAMMAR.md");

    /**
     * Keywords that any JSON value is right for, and those that are read only where it is a map.
     */
    private static final Set<String> ANY_VALUE = Set.of("const", "nullable", "dependentSchemas");

    /** Keywords that are read only beside another one. */
    private static final Map<String, Map<String, Object>> BESIDE =
            Map.of(
                    "additionalItems", Map.of("items", List.of(true)),
                    "minContains", Map.of("contains", true),
                    "maxContains", Map.of("contains", true));

    private static List<SchemaGraph.Fault> faults(Keyword keyword, Object value, String draft) {
        Map<String, Object> schema = new LinkedHashMap<>();
        if (!draft.isEmpty()) {
            schema.put("$schema", draft);
        }
        schema.putAll(BESIDE.getOrDefault(keyword.name(), Map.of()));
        schema.put(keyword.name(), value);
        return SchemaGraph.of(schema).faults();
    }

    /** A value of the wrong type for every keyword: a number, or text where a number is right. */
    private static Object wrong(String name) {
        boolean number = name.matches("(exclusive)?[mM](in|ax)imum|multipleOf|(min|max)[A-Z].*");
        return number ? "text" : 7;
    }

    @Test
    void eachKeywordIsListedOnce() {
        assertThat(Keywords.all().stream().map(Keyword::name)).doesNotHaveDuplicates();
        assertThat(Keywords.all())
                .allSatisfy(each -> {
                    assertThat(Keywords.find(each.name())).contains(each);
                    assertThat(Keywords.DRAFTS).contains(each.since());
                    assertThat(each.readBy() == ReadBy.REFUSAL)
                            .isNotEqualTo(each.refusal().isEmpty());
                });
        assertThat(Keywords.find("someday")).isEmpty();
    }

    @Test
    void whatIsReadRefusesWrongValues() {
        Set<ReadBy> readers = Set.of(ReadBy.ASSERTIONS, ReadBy.READER, ReadBy.UNEVALUATED);
        for (Keyword each : Keywords.all()) {
            if (readers.contains(each.readBy()) && !ANY_VALUE.contains(each.name())) {
                assertThat(faults(each, wrong(each.name()), ""))
                        .as(each.name())
                        .extracting(SchemaGraph.Fault::pointer)
                        .contains("/" + each.name());
            }
        }
    }

    @Test
    void refusedKeywordsAreNamedWithTheirReason() {
        for (Keyword each : Keywords.all()) {
            if (each.readBy() == ReadBy.REFUSAL) {
                assertThat(faults(each, "#", ""))
                        .containsExactly(new SchemaGraph.Fault("/" + each.name(), each.refusal()));
            }
        }
    }

    @Test
    void annotationsDoNotRestrictValues() {
        for (Keyword each : Keywords.all()) {
            if (each.readBy() == ReadBy.NOBODY) {
                assertThat(faults(each, 7, "")).as(each.name()).isEmpty();
            }
        }
    }

    @Test
    void anEarlierDraftIgnoresLaterKeywords() {
        String draft4 = "http://json-schema.org/draft-04/schema#";
        int draft = Keywords.DRAFTS.indexOf("4");
        for (Keyword each : Keywords.all()) {
            boolean later = Keywords.DRAFTS.indexOf(each.since()) > draft;
            assertThat(Keywords.addedAfter("4").contains(each.name())).isEqualTo(later);
            if (later) {
                assertThat(faults(each, wrong(each.name()), draft4)).as(each.name()).isEmpty();
            }
        }
    }

    @Test
    void theGuideShowsTheTable() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (Keyword each : Keywords.all()) {
            rows.append(
                    "| `%s` | %s | %s |%n"
                            .formatted(each.name(), each.since(), each.readBy().description()));
        }
        assertThat(Files.readString(GUIDE)).contains(rows.toString().replace("\r", ""));
    }
}
