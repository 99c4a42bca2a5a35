package tramontane.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The playground's files: third-party modules are what they were, and all of it stays small. */
class WebFilesTest {
    private static final String WEB = "web/src/";
    private static final String VENDOR = WEB + "vendor/";
    private static final int MAX_TOTAL_BYTES = 600_000;

    private static final Pattern IMPORT =
            Pattern.compile("(?:from |import |import\\()['\"]([^'\"]+)['\"]");

    private static List<Path> files() {
        return Repository.files().stream().filter(file -> name(file).startsWith(WEB)).toList();
    }

    private static String name(Path file) {
        return file.toString().replace('\\', '/');
    }

    @Test
    void thirdPartyModulesHaveTheirChecksums() {
        Map<String, String> expected = new TreeMap<>();
        Repository.read(Path.of(VENDOR + "sums.txt"))
                .lines()
                .forEach(line -> expected.put(line.substring(66), line.substring(0, 64)));
        Map<String, String> actual = new TreeMap<>();
        for (Path file : files()) {
            if (name(file).startsWith(VENDOR) && !name(file).endsWith("sums.txt")) {
                actual.put(file.getFileName().toString(), sum(Repository.bytes(file)));
            }
        }
        assertThat(actual).as("pack them with tools/vendor-web.sh").isEqualTo(expected);
    }

    @Test
    void thirdPartyModulesArePinnedAndLicensed() {
        String licences = Repository.read(Path.of(VENDOR + "licences.txt"));
        JsonNode wanted =
                JsonMapper.shared()
                        .readTree(Repository.bytes(Path.of("web/vendor/package.json")))
                        .get("devDependencies");
        assertThat(wanted.size()).isPositive();
        for (var each : wanted.properties()) {
            String version = each.getValue().stringValue();
            assertThat(version).as(each.getKey()).matches("\\d+\\.\\d+\\.\\d+");
            if (!each.getKey().equals("esbuild")) {
                assertThat(licences).contains(each.getKey() + " " + version + " (");
            }
        }
        for (Matcher head = Pattern.compile("(?m)^\\S+ \\d\\S* \\((.*)\\)$").matcher(licences);
                head.find(); ) {
            assertThat(head.group(1))
                    .as(head.group())
                    .matches(".*(MIT|Apache-2\\.0|BSD-[23]-Clause|ISC).*");
        }
    }

    @Test
    void thePageIsSmall() {
        long bytes = files().stream().mapToLong(file -> gzip(Repository.bytes(file))).sum();
        assertThat(bytes).isLessThan(MAX_TOTAL_BYTES);
    }

    @Test
    void nothingIsLoadedFromElsewhere() {
        for (Path file : files()) {
            // The exported programs import what their readers have installed.
            if (name(file).startsWith(VENDOR) || name(file).startsWith(WEB + "state/code/")) {
                continue;
            }
            String text = Repository.read(file);
            for (Matcher load = IMPORT.matcher(text); load.find(); ) {
                assertThat(load.group(1)).as(name(file)).startsWith(".");
                assertThat(Repository.ROOT.resolve(file).resolveSibling(load.group(1))).exists();
            }
            assertThat(text).as(name(file)).doesNotContain("<style", "style=\"", "onclick=");
            if (name(file).endsWith(".css")) {
                assertThat(text).as(name(file)).doesNotContain("url(", "@import");
            }
        }
    }

    /** What a browser needs before it paints is announced in the page, so that it comes at once. */
    @Test
    void everyModuleOfTheFirstPaintIsPreloaded() {
        String page = Repository.read(Path.of(WEB + "index.html"));
        List<String> announced =
                Pattern.compile(
                                "rel=\"modulepreload\" fetchpriority=\"low\" href=\"/playground/([^\"]+)\"")
                        .matcher(page)
                        .results()
                        .map(match -> match.group(1))
                        .sorted()
                        .toList();
        assertThat(announced)
                .isEqualTo(
                        needed("app.js")
                                .filter(each -> !each.equals("app.js"))
                                .distinct()
                                .sorted()
                                .toList());
    }

    private static Stream<String> needed(String module) {
        Set<String> seen = new TreeSet<>();
        collect(module, seen);
        return seen.stream();
    }

    private static void collect(String module, Set<String> seen) {
        if (!seen.add(module) || module.startsWith("vendor/")) {
            return;
        }
        Matcher load =
                Pattern.compile(
                                "(?m)(?:^import|^\\} from|^export .* from) ?.*?['\"](\\.[^'\"]+)['\"]")
                        .matcher(Repository.read(Path.of(WEB + module)));
        while (load.find()) {
            Path target = Path.of(module).resolveSibling(load.group(1)).normalize();
            collect(name(target), seen);
        }
    }

    private static int gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.size();
    }

    private static String sum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
