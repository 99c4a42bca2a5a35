package tramontane.gguf;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The file name of one part of a split model: {@code NAME-00002-of-00003.gguf}. Parts are numbered
 * from 1 in names. The tools of llama.cpp write such files and find the parts by these names.
 */
public record SplitName(String model, int part, int parts) {
    /** More parts are refused, so that a file cannot make this process open any number of files. */
    private static final int MAX_PARTS = 1000;

    private static final Pattern NAME = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})\\.gguf");

    /** Empty if the name is not that of a part. */
    public static Optional<SplitName> parse(String file) {
        Matcher matcher = NAME.matcher(file);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int part = Integer.parseInt(matcher.group(2));
        int parts = Integer.parseInt(matcher.group(3));
        return part < 1 || part > parts || parts > MAX_PARTS
                ? Optional.empty()
                : Optional.of(new SplitName(matcher.group(1), part, parts));
    }

    public static Optional<SplitName> of(Path file) {
        return parse(String.valueOf(file.getFileName()));
    }

    /** All files of the model whose first or only file is given. */
    public static List<Path> files(Path first) {
        return of(first)
                .filter(SplitName::isFirst)
                .map(name ->
                        name.all().stream().map(each -> first.resolveSibling(each.file())).toList())
                .orElse(List.of(first));
    }

    public boolean isFirst() {
        return part == 1;
    }

    public String file() {
        return "%s-%05d-of-%05d.gguf".formatted(model, part, parts);
    }

    public SplitName withPart(int number) {
        return new SplitName(model, number, parts);
    }

    /** The names of all parts, in order. */
    public List<SplitName> all() {
        return IntStream.rangeClosed(1, parts).mapToObj(this::withPart).toList();
    }
}
