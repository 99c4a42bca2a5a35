package tramontane.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The values that a setting accepts: as the words of a flag or variable, and as a TOML value.
 *
 * <p>A TOML value is a {@code String}, {@code Long}, {@code Double}, {@code Boolean}, {@code List},
 * {@code Map}, or a date.
 */
public sealed interface ValueType<T> {
    /** The value of a flag that was given once or several times. */
    T ofWords(List<String> words) throws WrongValue;

    /** The value of a variable. */
    default T ofVariable(String text) throws WrongValue {
        return ofWords(List.of(text));
    }

    T ofToml(Object value) throws WrongValue;

    /** The value in TOML; empty if there is none. */
    Optional<String> toml(T value);

    /** Placeholder in help texts. */
    String label();

    /** What is accepted, for error messages. */
    String range();

    /** What is accepted, on any machine. */
    default String documentedRange() {
        return range();
    }

    default boolean isRepeatable() {
        return false;
    }

    /**
     * A whole number.
     *
     * @param limitedBy what the maximum depends on; empty if it is the same everywhere
     */
    record Whole(String label, long min, long max, String limitedBy) implements ValueType<Integer> {
        @Override
        public Integer ofWords(List<String> words) throws WrongValue {
            String text = words.getLast();
            try {
                // Not a BigDecimal, whose tables take 30 ms of a start.
                long number = Long.parseLong(text);
                if (text.matches("[+-]?\\d+") && number >= min && number <= max) {
                    return Math.toIntExact(number);
                }
            } catch (NumberFormatException e) {
                throw wrong();
            }
            throw wrong();
        }

        @Override
        public Integer ofToml(Object value) throws WrongValue {
            if (value instanceof Long number) {
                return ofWords(List.of(number.toString()));
            }
            if (value instanceof String text) {
                // Throws for what would be wrong without the quotation marks, too.
                throw new WrongValue(
                        "is not "
                                + range()
                                + "; write "
                                + ofWords(List.of(text))
                                + " without quotation marks");
            }
            throw wrong();
        }

        private WrongValue wrong() {
            return new WrongValue("is not " + range() + because());
        }

        private String because() {
            return limitedBy.isEmpty() ? "" : " (" + limitedBy + ")";
        }

        @Override
        public String range() {
            return "a whole number from " + min + " to " + max;
        }

        @Override
        public String documentedRange() {
            return limitedBy.isEmpty()
                    ? range()
                    : "a whole number from " + min + " to a limit of the machine";
        }

        @Override
        public Optional<String> toml(Integer value) {
            return Optional.of(value.toString());
        }
    }

    /** A text that is not blank. */
    record Text(String label) implements ValueType<String> {
        @Override
        public String ofWords(List<String> words) throws WrongValue {
            return visible(words.getLast());
        }

        @Override
        public String ofToml(Object value) throws WrongValue {
            return ofWords(List.of(text(value, this)));
        }

        @Override
        public String range() {
            return "a text";
        }

        @Override
        public Optional<String> toml(String value) {
            return Optional.of(quoted(value));
        }
    }

    /** True or false. As a flag it takes no value. */
    record OnOff() implements ValueType<Boolean> {
        private static final Set<String> ON = Set.of("yes", "on", "1", "true");
        private static final Set<String> OFF = Set.of("no", "off", "0", "false");

        @Override
        public Boolean ofWords(List<String> words) throws WrongValue {
            return switch (words.getLast()) {
                case "true" -> true;
                case "false" -> false;
                default -> throw wrong(words.getLast());
            };
        }

        @Override
        public Boolean ofToml(Object value) throws WrongValue {
            if (value instanceof Boolean given) {
                return given;
            }
            throw wrong(value.toString());
        }

        private WrongValue wrong(String text) {
            String word = text.toLowerCase(Locale.ROOT);
            String hint =
                    ON.contains(word) ? "; write true" : OFF.contains(word) ? "; write false" : "";
            return new WrongValue("is not " + range() + hint);
        }

        @Override
        public String label() {
            return "";
        }

        @Override
        public String range() {
            return "true or false";
        }

        @Override
        public Optional<String> toml(Boolean value) {
            return Optional.of(value.toString());
        }
    }

    /**
     * Several texts: a flag is repeated, a TOML value is a list or one text.
     *
     * @param separator between the texts of a variable; empty if a variable has one text
     */
    record Texts(String label, String separator) implements ValueType<List<String>> {
        @Override
        public List<String> ofWords(List<String> words) throws WrongValue {
            for (String word : words) {
                visible(word);
            }
            return List.copyOf(words);
        }

        @Override
        public List<String> ofVariable(String text) throws WrongValue {
            return ofWords(
                    separator.isEmpty()
                            ? List.of(text)
                            : Arrays.stream(text.split(separator, -1)).map(String::strip).toList());
        }

        @Override
        public List<String> ofToml(Object value) throws WrongValue {
            List<String> texts = new ArrayList<>();
            for (Object item : value instanceof List<?> list ? list : List.of(value)) {
                if (!(item instanceof String text)) {
                    throw new WrongValue("is not " + range() + "; write [\"a\", \"b\"]");
                }
                texts.add(text);
            }
            return ofWords(texts);
        }

        @Override
        public String range() {
            return "a list of texts";
        }

        @Override
        public boolean isRepeatable() {
            return true;
        }

        @Override
        public Optional<String> toml(List<String> value) {
            return value.isEmpty()
                    ? Optional.empty()
                    : Optional.of(value.stream().map(ValueType::quoted).toList().toString());
        }
    }

    /** Origins of web pages as browsers send them, or {@code *} for all. */
    record Origins(String label) implements ValueType<List<String>> {
        private static final Texts TEXTS = new Texts("", ",");
        private static final Pattern ORIGIN =
                Pattern.compile("\\*|[a-z][a-z0-9+.-]*://[^/?#@\\s*]+", Pattern.CASE_INSENSITIVE);

        @Override
        public List<String> ofWords(List<String> words) throws WrongValue {
            return checked(TEXTS.ofWords(words));
        }

        @Override
        public List<String> ofVariable(String text) throws WrongValue {
            return checked(TEXTS.ofVariable(text));
        }

        @Override
        public List<String> ofToml(Object value) throws WrongValue {
            return checked(TEXTS.ofToml(value));
        }

        private List<String> checked(List<String> origins) throws WrongValue {
            for (String origin : origins) {
                if (!ORIGIN.matcher(origin).matches()) {
                    throw new WrongValue(
                            "has "
                                    + quoted(origin)
                                    + ", which is no origin; write https://HOST or https://HOST:PORT"
                                    + " without a path, or *");
                }
            }
            return origins;
        }

        @Override
        public String range() {
            return "a list of origins";
        }

        @Override
        public boolean isRepeatable() {
            return true;
        }

        @Override
        public Optional<String> toml(List<String> value) {
            return TEXTS.toml(value);
        }
    }

    /** One of several words. */
    record Choice(List<String> words) implements ValueType<String> {
        @Override
        public String ofWords(List<String> given) throws WrongValue {
            if (!words.contains(given.getLast())) {
                throw new WrongValue("is not " + range());
            }
            return given.getLast();
        }

        @Override
        public String ofToml(Object value) throws WrongValue {
            return ofWords(List.of(text(value, this)));
        }

        @Override
        public String label() {
            return String.join("|", words);
        }

        @Override
        public String range() {
            return String.join(" or ", words);
        }

        @Override
        public Optional<String> toml(String value) {
            return Optional.of(quoted(value));
        }
    }

    /** A value of another type, or none. */
    record Maybe<T>(ValueType<T> type) implements ValueType<Optional<T>> {
        @Override
        public Optional<T> ofWords(List<String> words) throws WrongValue {
            return Optional.of(type.ofWords(words));
        }

        @Override
        public Optional<T> ofToml(Object value) throws WrongValue {
            return Optional.of(type.ofToml(value));
        }

        @Override
        public String label() {
            return type.label();
        }

        @Override
        public String range() {
            return type.range();
        }

        @Override
        public String documentedRange() {
            return type.documentedRange();
        }

        @Override
        public Optional<String> toml(Optional<T> value) {
            return value.flatMap(type::toml);
        }
    }

    private static String text(Object value, ValueType<?> type) throws WrongValue {
        if (value instanceof String text) {
            return text;
        }
        throw new WrongValue("is not " + type.range() + "; put it in quotation marks");
    }

    private static String visible(String text) throws WrongValue {
        if (text.isBlank()) {
            throw new WrongValue("is empty");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new WrongValue("has a control character, such as a line break");
        }
        return text;
    }

    /** A TOML value as it is shown in an error. */
    static String shown(Object value) {
        return switch (value) {
            case String text -> quoted(text);
            case Map<?, ?> _ -> "a table";
            case List<?> _ -> "a list";
            default -> value.toString();
        };
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        quoted.append("\\u%04x".formatted((int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
