package tramontane.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tramontane.config.Setting;
import tramontane.config.Settings;

/** docs/CONFIGURATION.md describes exactly the settings of the table. */
class ConfigurationPageTest {
    private static final String PAGE = Repository.read(Path.of("docs/CONFIGURATION.md"));

    private static String row(Setting<?> setting) {
        return "| `%s` | %s | %s | %s. `%s`, `%s` | %s |"
                .formatted(
                        setting.key(),
                        setting.type().documentedRange(),
                        setting.defaultText(),
                        setting.description(),
                        setting.flag(),
                        setting.variable(),
                        setting.reloads() ? "at once" : "next start");
    }

    @Test
    void thePageHasOneRowForEachSetting() {
        List<String> rows = PAGE.lines().filter(line -> line.startsWith("| `")).toList();
        Stream<String> expected = Settings.all().stream().map(ConfigurationPageTest::row);
        assertThat(rows).containsExactlyElementsOf(expected.toList());
    }

    @Test
    void flagsAndVariablesAreDistinct() {
        assertThat(Settings.all().stream().map(Setting::key)).doesNotHaveDuplicates();
        assertThat(Settings.all().stream().map(Setting::variable)).doesNotHaveDuplicates();
        assertThat(Settings.all().stream().map(Setting::flag))
                .doesNotHaveDuplicates()
                .allMatch(flag -> flag.matches("--[a-z][a-z-]+"));
    }
}
