package tramontane.grammar.format;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.pattern.EcmaPattern;

/**
 * The string formats of JSON Schema, drafts 4 to 2020-12.
 *
 * <p>Where a format demands more than a finite automaton can check, the automaton accepts less, and
 * never a string that is not of the format: {@code hostname} excludes labels in Punycode and some
 * names of almost 253 octets; {@code regex} accepts the expressions that all dialects read alike.
 */
public final class Formats {
    private static final Map<String, Supplier<Automaton>> KNOWN =
            Map.ofEntries(
                    Map.entry("date-time", TimeFormats::dateTime),
                    Map.entry("date", TimeFormats::date),
                    Map.entry("time", TimeFormats::time),
                    Map.entry("duration", TimeFormats::duration),
                    Map.entry("email", HostFormats::email),
                    Map.entry("idn-email", HostFormats::idnEmail),
                    Map.entry("hostname", HostFormats::hostname),
                    Map.entry("host-name", HostFormats::hostname),
                    Map.entry("idn-hostname", IdnHostnames::hostname),
                    Map.entry("ipv4", HostFormats::ipv4),
                    Map.entry("ip-address", HostFormats::ipv4),
                    Map.entry("ipv6", HostFormats::ipv6),
                    Map.entry("uri", UriFormats::uri),
                    Map.entry("uri-reference", UriFormats::uriReference),
                    Map.entry("iri", UriFormats::iri),
                    Map.entry("iri-reference", UriFormats::iriReference),
                    Map.entry("uri-template", UriFormats::uriTemplate),
                    Map.entry("regex", RegexFormat::regex),
                    Map.entry("uuid", Formats::uuid),
                    Map.entry("json-pointer", Formats::jsonPointer),
                    Map.entry("relative-json-pointer", Formats::relativeJsonPointer));

    private static final Map<String, Automaton> BUILT = new ConcurrentHashMap<>();

    private Formats() {}

    /**
     * The strings of a format. Empty if the name is unknown: an unknown format does not restrict
     * strings.
     */
    public static Optional<Automaton> find(String name) {
        Supplier<Automaton> known = KNOWN.get(name);
        return known == null
                ? Optional.empty()
                : Optional.of(BUILT.computeIfAbsent(name, n -> WorkBudget.uncounted(known)));
    }

    /** The strings that the pattern matches as a whole. */
    static Automaton whole(String pattern) {
        return EcmaPattern.searchUncached("^(?:" + pattern + ")$");
    }

    private static Automaton uuid() {
        return whole("[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}");
    }

    /** RFC 6901. */
    private static final String POINTER = "(?:/(?:[^~/]|~[01])*)*";

    private static Automaton jsonPointer() {
        return whole(POINTER);
    }

    private static Automaton relativeJsonPointer() {
        return whole("(?:0|[1-9]\\d*)(?:#|" + POINTER + ")");
    }
}
