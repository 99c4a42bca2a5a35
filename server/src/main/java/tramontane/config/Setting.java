package tramontane.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One setting of the table.
 *
 * @param key its name in the file; {@code table.name} belongs to a table
 * @param fallback value without any other
 * @param unset describes the fallback if it is not a value, such as "one for each core"
 * @param description a sentence without its period, for help texts and the documentation
 */
public record Setting<T>(
        String key,
        ValueType<T> type,
        T fallback,
        String unset,
        String description,
        Set<Trait> traits) {
    /** What is special about a setting. */
    public enum Trait {
        /** Never printed. */
        SECRET,
        /** A change of the file takes effect while the server runs. */
        RELOADS,
        /** Also an option of the commands that run a model without a server. */
        MODEL
    }

    static final String PREFIX = "TRAMONTANE_";

    boolean isSecret() {
        return traits.contains(Trait.SECRET);
    }

    public boolean reloads() {
        return traits.contains(Trait.RELOADS);
    }

    /** True for a setting of a table, which {@code serve --help} leaves to the documentation. */
    public boolean isInTable() {
        return key.contains(".");
    }

    /** {@code --tls-key} for {@code tls.key}; a switch that is on by default has {@code --no-}. */
    public String flag() {
        return (isTurnedOff() ? "--no-" : "--") + key.replace('.', '-');
    }

    /** The flag that turns a switch the other way, to overrule a file or a variable. */
    public String oppositeFlag() {
        return (isTurnedOff() ? "--" : "--no-") + key.replace('.', '-');
    }

    /** The flag that was given for these words. */
    String flagFor(List<String> words) {
        boolean opposite =
                fallback instanceof Boolean && words.getLast().equals(fallback.toString());
        return opposite ? oppositeFlag() : flag();
    }

    /** True if the flag turns the setting off. */
    public boolean isTurnedOff() {
        return Boolean.TRUE.equals(fallback);
    }

    /** {@code TRAMONTANE_TLS_KEY} for {@code tls.key}. */
    public String variable() {
        return PREFIX + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** The default as help texts and the documentation show it. */
    public String defaultText() {
        String value =
                type.toml(fallback).map(text -> text.replaceAll("[\"\\[\\]]", "")).orElse("none");
        return unset.isEmpty() ? value : unset;
    }

    /**
     * The value in TOML, unless it is secret or there is none. A password in an address is masked.
     */
    Optional<String> shown(T value) {
        return isSecret() ? Optional.empty() : type.toml(value).map(PasswordMask::in);
    }

    /** Stands for a value that {@link #shown} leaves out. */
    String described(T value) {
        if (type.toml(value).isEmpty()) {
            return defaultText();
        }
        return value instanceof List<?> list ? list.size() + ", not shown" : "not shown";
    }
}
