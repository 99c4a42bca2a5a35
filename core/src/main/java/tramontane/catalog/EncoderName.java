package tramontane.catalog;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tramontane.gguf.SplitName;

/**
 * Names of files with image encoders. A folder may hold several models and their encoders, so the
 * encoder that belongs to one model alone has a name of its own.
 *
 * <pre>
 * NAME.mmproj.gguf   the encoder of the model NAME
 * *mmproj*.gguf      an encoder, in any case of letters
 * </pre>
 */
public final class EncoderName {
    private static final String MARK = "mmproj";
    private static final String SUFFIX = "." + MARK;

    private EncoderName() {}

    /** The name of a model's encoder: that of its file without the extension. */
    static String of(String model) {
        return model + SUFFIX;
    }

    /** The file of a model's encoder. */
    public static String file(String model) {
        return of(model) + Catalog.EXTENSION;
    }

    /** The model whose encoder has this name. */
    static Optional<String> model(String name) {
        return name.endsWith(SUFFIX) && name.length() > SUFFIX.length()
                ? Optional.of(name.substring(0, name.length() - SUFFIX.length()))
                : Optional.empty();
    }

    /** The name of the model that a file has, or one part of the file. */
    public static String modelOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return SplitName.parse(name)
                .map(SplitName::model)
                .orElseGet(() -> name.endsWith(Catalog.EXTENSION) ? Catalog.stem(name) : name);
    }

    /** True if a file with this name has an image encoder, and no model that could be served. */
    public static boolean isOne(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        return name.contains(MARK) && name.endsWith(Catalog.EXTENSION);
    }

    /**
     * True if an encoder belongs to another model than {@code model}: its name says so, and the
     * other model or the encoder's manifest is in the folder.
     */
    public static boolean isOfAnother(String file, String model, Set<String> folder) {
        Optional<String> owner =
                file.endsWith(Catalog.EXTENSION) ? model(Catalog.stem(file)) : Optional.empty();
        return owner.filter(name -> !name.equals(model))
                .filter(name ->
                        folder.contains(name + Catalog.EXTENSION)
                                || folder.contains(of(name) + Catalog.MANIFEST)
                                || folder.stream().anyMatch(each -> isPart(each, name)))
                .isPresent();
    }

    private static boolean isPart(String file, String model) {
        return SplitName.parse(file).filter(split -> split.model().equals(model)).isPresent();
    }
}
