package tramontane.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tramontane.house.SourceTree.Source;
import tramontane.house.SourceTree.Type;

/** The rules of docs/STYLE.md that a machine can check; each message says what to do instead. */
class TidyTest {
    private static final int FILE_LINES = 500;
    private static final int KERNEL_FILE_LINES = 800;
    private static final int METHOD_LINES = 70;
    private static final int PARAMETERS = 7;
    private static final int METHOD_PARAMETERS = 5;

    /** Methods that still take more than {@link #METHOD_PARAMETERS}. This list only shrinks. */
    private static final Set<String> MANY_PARAMETERS =
            Set.of(
                    // The seven registers that a call into native code passes.
                    "Downcalls.emitted",
                    "Downcalls.call",
                    "BpeTokenizer.encodeWords",
                    "GuardNode.correct",
                    "GuardNode.wrap",
                    "NameNode.walkEscapes",
                    "NumberNode.add",
                    "Padding.number",
                    "StringNode.walk",
                    "StringWalk.bytes",
                    "TextNode.enter");

    /**
     * Methods over the limit, by "file: method", each with the reason it may be. A ratchet: it
     * should only shrink.
     */
    private static final Map<String, String> LONG_METHODS = Map.of();

    /**
     * Files that may catch everything: the top of a thread, where nobody else could finish the
     * error.
     */
    private static final Map<String, String> CATCHES_ALL =
            Map.of(
                    "engine/src/main/java/tramontane/kernel/Downcalls.java",
                    "a method handle declares that it throws anything, these throw nothing",
                    "server/src/main/java/tramontane/server/Tls.java",
                    "Jetty declares that a reload throws anything; a checked certificate throws nothing",
                    "engine/src/main/java/tramontane/engine/EngineThread.java",
                    "the top of the engine's thread: whoever waits for an answer must hear of it",
                    "core/src/main/java/tramontane/pool/Loader.java",
                    "the top of the loader's thread: an error fails the model that is being loaded",
                    "engine/src/main/java/tramontane/kernel/Workers.java",
                    "the top of a worker: what a task throws is carried to whoever called run");

    private static final Pattern BANNED_SUFFIX =
            Pattern.compile(".*(Manager|Helper|Utils?|Impl|Service|Handler|Processor|Factory)");

    private static final Set<String> BUILD_HOSTS =
            Set.of(
                    "maven.apache.org",
                    "www.apache.org",
                    "archive.apache.org",
                    "www.w3.org",
                    "api.mistral.ai",
                    "adoptium.net",
                    "get.sdkman.io",
                    "huggingface.co",
                    "127.0.0.1",
                    "localhost");

    @Test
    void theTreeIsTidy() {
        List<Source> sources =
                Repository.files().stream()
                        .map(file -> new Source(file, Repository.read(file)))
                        .toList();
        assertThat(faults(sources)).isEmpty();
        assertThat(staleExceptions(SourceTree.parse(java(sources))))
                .as("these are within the limit now: remove them from MANY_PARAMETERS")
                .isEmpty();
    }

    private static List<Source> java(List<Source> sources) {
        return sources.stream().filter(s -> s.file().toString().endsWith(".java")).toList();
    }

    private static List<String> faults(List<Source> sources) {
        List<String> faults = new ArrayList<>();
        List<Source> java = java(sources);
        SourceTree tree = SourceTree.parse(java);
        fileSizes(java, faults);
        methods(tree, faults);
        methodParameters(tree, faults);
        types(tree, faults);
        catches(tree, faults);
        packageInfos(java, faults);
        words(sources, faults);
        return faults;
    }

    private static void fileSizes(List<Source> java, List<String> faults) {
        for (Source source : java) {
            long lines = source.text().lines().count();
            int limit =
                    name(source.file()).contains("tramontane/kernel/")
                            ? KERNEL_FILE_LINES
                            : FILE_LINES;
            if (lines > limit) {
                faults.add(
                        "%s has %d lines, at most %d: give its second subject a file of its own"
                                .formatted(source.file(), lines, limit));
            }
        }
    }

    private static void methods(SourceTree tree, List<String> faults) {
        for (SourceTree.Method method : tree.methods()) {
            String name = name(method.file()) + ": " + method.name();
            if (method.lines() > METHOD_LINES && !LONG_METHODS.containsKey(name)) {
                faults.add(
                        "%s has %d lines, at most %d: name its parts as methods"
                                .formatted(name, method.lines(), METHOD_LINES));
            }
            if (method.isConstructor() && method.parameters() > PARAMETERS) {
                faults.add(
                        "%s takes %d parameters, at most %d: which of them are one record?"
                                .formatted(name, method.parameters(), PARAMETERS));
            }
        }
    }

    private static void methodParameters(SourceTree tree, List<String> faults) {
        for (SourceTree.Method method : tree.methods()) {
            if (Repository.isMain(method.file())
                    && !method.isConstructor()
                    && method.parameters() > METHOD_PARAMETERS
                    && !MANY_PARAMETERS.contains(method.name())) {
                faults.add(
                        "%s: %s takes %d parameters, at most %d: which of them are one record?"
                                .formatted(
                                        name(method.file()),
                                        method.name(),
                                        method.parameters(),
                                        METHOD_PARAMETERS));
            }
        }
    }

    /** Entries of {@link #MANY_PARAMETERS} that no method needs any more. */
    private static List<String> staleExceptions(SourceTree tree) {
        Set<String> over = new HashSet<>();
        for (SourceTree.Method method : tree.methods()) {
            if (Repository.isMain(method.file()) && method.parameters() > METHOD_PARAMETERS) {
                over.add(method.name());
            }
        }
        return MANY_PARAMETERS.stream().filter(name -> !over.contains(name)).sorted().toList();
    }

    private static void types(SourceTree tree, List<String> faults) {
        for (Type type : tree.types()) {
            if (type.recordComponents() > PARAMETERS) {
                faults.add(
                        "%s: record %s has %d components, at most %d: which of them are one record?"
                                .formatted(
                                        type.file(),
                                        type.name(),
                                        type.recordComponents(),
                                        PARAMETERS));
            }
            if (BANNED_SUFFIX.matcher(type.name()).matches()) {
                faults.add(
                        "%s: %s says what the type is near, not what it is: use the domain's noun"
                                .formatted(type.file(), type.name()));
            }
            if (Repository.isMain(type.file())
                    && type.isOpenInterface()
                    && implementations(tree, type) < 2) {
                faults.add(
                        ("%s: interface %s has fewer than two implementations: use the class itself, seal it,"
                                        + " or mark it @FunctionalInterface if lambdas implement it")
                                .formatted(type.file(), type.name()));
            }
        }
    }

    private static long implementations(SourceTree tree, Type wanted) {
        return tree.types().stream()
                .filter(type ->
                        Repository.isMain(type.file()) && type.superTypes().contains(wanted.name()))
                .count();
    }

    private static void catches(SourceTree tree, List<String> faults) {
        for (SourceTree.Catch c : tree.catches()) {
            if (c.empty()) {
                faults.add(
                        "%s:%d swallows %s: finish the error, let it pass, or say in a comment why nothing is lost"
                                .formatted(c.file(), c.line(), c.type()));
            }
            boolean all = c.type().equals("Exception") || c.type().equals("Throwable");
            if (all && Repository.isMain(c.file()) && !CATCHES_ALL.containsKey(name(c.file()))) {
                faults.add(
                        "%s:%d catches every %s: catch what this method can finish"
                                .formatted(c.file(), c.line(), c.type()));
            }
        }
    }

    private static void packageInfos(List<Source> java, List<String> faults) {
        Set<String> described = new HashSet<>();
        for (Source source : java) {
            if (source.file().endsWith("package-info.java")) {
                described.add(folder(source.file()));
                long lines = source.text().lines().count();
                if (lines < 5 || lines > 40) {
                    faults.add(
                            "%s has %d lines, 5 to 40 wanted: what it is, its key types, one invariant"
                                    .formatted(source.file(), lines));
                }
            }
        }
        java.stream()
                .map(Source::file)
                .filter(Repository::isMain)
                .map(file -> folder(file))
                .distinct()
                .filter(folder -> !described.contains(folder))
                .forEach(folder ->
                        faults.add(
                                folder
                                        + " has no package-info.java: say what the package is in 5 to 40 lines"));
    }

    // Spelt in halves, so that this file does not hold what it looks for.
    private static final Pattern UNFINISHED =
            Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern MACHINE_PATH =
            Pattern.compile(
                    "(?<![\\w.~$}/-])/(wo" + "rk|ro" + "ot|ho" + "me/[a-z]+|Users/[a-z]+)/");
    private static final Pattern HOST = Pattern.compile("https?://([\\w.-]+)");

    /** Words of an older or private English, and bounds that are not named maxX or MAX_X. */
    private static final Pattern ODD_WORD =
            Pattern.compile(
                    "\\b(whoever|likewise|thereof|begun|thoughts?|is told|are told|worked out"
                            + "|so (many|much|long) as|none else|smallest solution|let in)\\b",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern ODD_BOUND =
            Pattern.compile(
                    "\\b((MOST|LEAST|FEWEST|LARGEST|SMALLEST)_\\w+|\\w+_(MAX|MIN|MOST|LEAST)"
                            + "|(most|fewest)[A-Z]\\w*)\\b");

    private static void language(Path file, String line, String at, List<String> faults) {
        if (!Repository.isMain(file) || !name(file).endsWith(".java")) {
            return;
        }
        String text = line.strip();
        boolean comment = text.startsWith("*") || text.startsWith("/");
        Matcher odd = (comment ? ODD_WORD : ODD_BOUND).matcher(text);
        if (odd.find()) {
            faults.add(at + "says \"" + odd.group() + "\": see docs/STYLE.md, Language");
        }
    }

    private static void words(List<Source> sources, List<String> faults) {
        for (Source source : sources) {
            String file = name(source.file());
            if (file.startsWith("web/src/vendor/")) {
                continue; // Other people's code.
            }
            int number = 0;
            for (String line : (Iterable<String>) source.text().lines()::iterator) {
                number++;
                String at = file + ":" + number + " ";
                language(source.file(), line, at, faults);
                if (UNFINISHED.matcher(line).find() && !file.equals("mvnw")) {
                    faults.add(at + "is unfinished: do it, or make it an issue");
                }
                if (MACHINE_PATH.matcher(line).find()) {
                    faults.add(
                            at
                                    + "names a path of one machine: find it by property, variable or relative path");
                }
                if (isBuildFile(file)) {
                    HOST.matcher(line)
                            .results()
                            .map(r -> r.group(1))
                            .filter(h -> !BUILD_HOSTS.contains(h))
                            .forEach(host ->
                                    faults.add(
                                            at
                                                    + "names the host "
                                                    + host
                                                    + ": registries are the user's own setting"));
                }
            }
        }
    }

    private static boolean isBuildFile(String file) {
        return Stream.of(
                                ".xml",
                                ".json",
                                ".lock",
                                ".sh",
                                ".npmrc",
                                ".properties",
                                ".toml",
                                "requirements.txt",
                                "tramontane",
                                ".ci/run")
                        .anyMatch(file::endsWith)
                && !file.contains("/golden/")
                && !file.contains("/resources/");
    }

    private static String folder(Path file) {
        return name(file).substring(0, name(file).lastIndexOf('/'));
    }

    private static String name(Path file) {
        return file.toString().replace('\\', '/');
    }

    /** The checks themselves, each shown one thing it must find. */
    @Test
    void untidyCodeIsFound() {
        check(
                "class A { void a() { try { b(); } catch (IOException e) {} } }",
                "swallows IOException");
        check(
                "class A { void a() { try { b(); } catch (IOException e) { // It was closed already.\n } } }");
        check(
                "class A { void a() { try { b(); } catch (Exception e) { c(e); } } }",
                "catches every Exception");
        check("class A { void a() { int b;" + "\n".repeat(70) + "} }", "71 lines");
        check("class A { void a() { int b;" + "\n".repeat(69) + "} }");
        check(
                "class A { A(int a, int b, int c, int d, int e, int f, int g, int h) {} }",
                "takes 8 parameters");
        check(
                "class A { void a(int a, int b, int c, int d, int e, int f) {} }",
                "takes 6 parameters");
        check("class A { void a(int a, int b, int c, int d, int e) {} }");
        check(
                "record A(int a, int b, int c, int d, int e, int f, int g, int h) {}",
                "8 components");
        check("class TokenHelper {}", "domain's noun");
        check("class A { private static class CallProcessor {} }", "domain's noun");
        check("interface A {} class B implements A {}", "fewer than two");
        check("interface A {} class B implements A {} record C() implements A {}");
        check("sealed interface A {} record B() implements A {}");
        check("@FunctionalInterface interface A { void a(); }");
        check("class A {} // TO" + "DO: b", "unfinished");
        check("class A { String a = \"/ro" + "ot/models\"; }", "path of one machine");
        check("/** For whoever asks. */\nclass A {}", "whoever");
        check("class A { int SIZE_MAX; }", "SIZE_MAX");
        check("class A {" + "\n".repeat(500) + "}", "501 lines");
        assertThat(
                        faults(
                                List.of(
                                        new Source(
                                                Path.of("x/src/main/java/a/A.java"),
                                                "package a; class A {}"))))
                .singleElement()
                .asString()
                .contains("no package-info");
        assertThat(
                        faults(
                                List.of(
                                        new Source(
                                                Path.of("clients/package-lock.json"),
                                                "{\"a\": \"https://registry.example/a\"}"))))
                .singleElement()
                .asString()
                .contains("registry.example");
    }

    private static void check(String code, String... expected) {
        String info = "/** A.\n *\n * B.\n */\npackage a;\n";
        List<String> faults =
                faults(
                        List.of(
                                new Source(Path.of("x/src/main/java/a/package-info.java"), info),
                                new Source(Path.of("x/src/main/java/a/A.java"), code)));
        assertThat(faults).as(code).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(faults.get(i)).contains(expected[i]);
        }
    }
}
