package tramontane.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Tasks come from the seed alone, differ, and have answers that can be read from their texts. */
class TaskGeneratorTest {
    private static final List<Language> ALL = List.of(Language.values());
    private static final List<Task> TASKS = TaskGenerator.tasks(1, 320, ALL);

    @Test
    void theSameSeedGivesTheSameTasksAndFewerAreTheFirstOfMore() {
        assertThat(TaskGenerator.tasks(1, 60, ALL)).isEqualTo(TASKS.subList(0, 60));
        assertThat(TaskGenerator.tasks(2, 60, ALL)).doesNotContainAnyElementsOf(TASKS);
    }

    @Test
    void noTwoTasksAreTheSame() {
        assertThat(TASKS).extracting(Task::prompt).doesNotHaveDuplicates();
        assertThat(TASKS).extracting(Task::text).doesNotHaveDuplicates();
        assertThat(TASKS).extracting(Task::id).doesNotHaveDuplicates();
    }

    @Test
    void everyKindComesInEveryLanguage() {
        Set<String> cells = new HashSet<>();
        TASKS.subList(0, 32).forEach(task -> cells.add(task.kind() + " " + task.language()));
        assertThat(cells).hasSize(Language.values().length * TaskKind.values().length);
    }

    @Test
    void noPlaceholderIsLeft() {
        for (Task task : TASKS) {
            assertThat(task.text()).as(task.id()).doesNotContain("{").doesNotContain("}");
            assertThat(task.answer().toString()).as(task.id()).doesNotContain("$");
        }
    }

    @Test
    void theAnswerFitsTheSchemaAndTheToolsParameters() {
        SchemaRegistry registry =
                SchemaRegistry.withDefaultDialect(
                        SpecificationVersion.DRAFT_2020_12,
                        builder ->
                                builder.schemaRegistryConfig(
                                        SchemaRegistryConfig.builder()
                                                .formatAssertionsEnabled(true)
                                                .build()));
        for (Task task : TASKS) {
            Schema schema = registry.getSchema(task.schema());
            assertThat(schema.validate(task.answer())).as(task.id()).isEmpty();
            JsonNode arguments =
                    task.kind() == TaskKind.TOOLS ? task.answer().path("arguments") : task.answer();
            String name =
                    task.kind() == TaskKind.TOOLS ? task.answer().path("name").asString() : "save";
            Task.Tool tool =
                    task.tools().stream()
                            .filter(each -> each.name().equals(name))
                            .findFirst()
                            .orElseThrow();
            assertThat(registry.getSchema(tool.parameters()).validate(arguments))
                    .as(task.id())
                    .isEmpty();
        }
    }

    @Test
    void everyValueCanBeReadFromTheText() {
        for (Task task : TASKS) {
            derivable(task, "", task.answer());
        }
    }

    private static void derivable(Task task, String name, JsonNode value) {
        if (value.isObject()) {
            value.properties().forEach(e -> derivable(task, e.getKey(), e.getValue()));
        } else if (value.isArray()) {
            value.forEach(each -> derivable(task, name, each));
        } else if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            assertThat(task.text()).as(task.id()).contains(task.language().decimal(number));
        } else if (value.isString() && !isChosen(task, name)) {
            assertThat(spellings(task, value.asString()))
                    .as(task.id() + " " + task.text())
                    .anyMatch(task.text()::contains);
        }
    }

    /** Labels and names of tools stand in the prompt instead. */
    private static boolean isChosen(Task task, String name) {
        boolean tool = task.kind() == TaskKind.TOOLS && name.equals("name");
        boolean label = task.schema().path("properties").path(name).has("enum");
        if (tool || label) {
            JsonNode chosen = task.answer().path(name);
            assertThat(task.prompt()).contains(chosen.asString());
        }
        return tool || label;
    }

    private static List<String> spellings(Task task, String value) {
        return value.matches("\\d{4}-\\d\\d-\\d\\d")
                ? task.language().dates(LocalDate.parse(value))
                : List.of(value);
    }

    /** A label's sentences belong to it alone, so the text decides between the labels. */
    @Test
    void noSentencePointsToTwoLabels() {
        for (Language language : Language.values()) {
            for (Template template : TaskFile.of(language).templates()) {
                for (Slot slot : template.slots().values()) {
                    if (slot instanceof Slot.Label(Map<String, List<String>> cues)) {
                        assertThat(cues.values().stream().flatMap(List::stream))
                                .doesNotHaveDuplicates();
                    }
                }
            }
        }
    }

    @Test
    void datesOfATaskAscend() {
        for (Task task : TASKS) {
            List<String> dates =
                    task.answer().properties().stream()
                            .map(entry -> entry.getValue().asString(""))
                            .filter(text -> text.matches("\\d{4}-\\d\\d-\\d\\d"))
                            .toList();
            assertThat(dates).as(task.id()).isSorted();
        }
    }

    @Test
    void moreTasksThanThereAreIsRefusedWithTheNumber() {
        assertThatThrownBy(() -> TaskGenerator.tasks(1, 100_000, List.of(Language.CHINESE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("there are no more than \\d+ different tasks; ask for fewer");
    }

    @Test
    void theRightAnswerIsRightInEveryMode() {
        for (Task task : TASKS) {
            String text = task.answer().toPrettyString();
            for (Mode mode : List.of(Mode.TEXT, Mode.JSON_OBJECT, Mode.JSON_SCHEMA)) {
                assertThat(mode.score(task, AnswerTest.text(text)).exact()).as(task.id()).isTrue();
            }
            boolean chosen = task.kind() == TaskKind.TOOLS;
            JsonNode arguments = chosen ? task.answer().path("arguments") : task.answer();
            String name = chosen ? task.answer().path("name").asString() : "save";
            Answer call = AnswerTest.call(name, arguments.toString());
            assertThat(Mode.TOOL_CALL.score(task, call).exact()).as(task.id()).isTrue();
            assertThat(Mode.TOOL_CALL.score(task, AnswerTest.text(text)).exact())
                    .as("text instead of a call: %s", task.id())
                    .isFalse();
        }
    }
}
