package tramontane.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SecurityPageTest {
    /**
     * docs/SECURITY.md names the tests of its promises; a test that is renamed must not leave it.
     */
    @Test
    void everyTestThatTheSecurityPageNamesExists() {
        Set<String> named =
                Pattern.compile("`([A-Z][A-Za-z0-9]*Test)`")
                        .matcher(Repository.read(Path.of("docs/SECURITY.md")))
                        .results()
                        .map((MatchResult match) -> match.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> tests =
                Repository.javaFiles().stream()
                        .map(file -> file.getFileName().toString().replace(".java", ""))
                        .collect(Collectors.toSet());
        assertThat(named).hasSizeGreaterThan(20).isSubsetOf(tests);
    }
}
