package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import tramontane.grammar.automaton.CharSet;

/** The character sets that patterns refer to by name. */
public final class UnicodeSets {
    public static final CharSet DIGIT = CharSet.range('0', '9');
    static final CharSet ALPHA = CharSet.range('a', 'z').or(CharSet.range('A', 'Z'));
    static final CharSet ALNUM = DIGIT.or(ALPHA);
    static final CharSet HEX = DIGIT.or(CharSet.of("abcdefABCDEF"));
    static final CharSet WORD = ALNUM.or(CharSet.of("_"));
    static final CharSet LINE_END = CharSet.of("\n\r\u2028\u2029");
    static final CharSet BLANK =
            CharSet.of("\t \u00a0\u1680\u202f\u205f\u3000").or(CharSet.range(0x2000, 0x200a));
    static final CharSet SPACE = BLANK.or(LINE_END).or(CharSet.of("\u000b\f\ufeff"));

    private static final Map<String, CharSet> POSIX =
            Map.ofEntries(
                    Map.entry("alpha", ALPHA),
                    Map.entry("digit", DIGIT),
                    Map.entry("alnum", ALNUM),
                    Map.entry("word", WORD),
                    Map.entry("upper", CharSet.range('A', 'Z')),
                    Map.entry("lower", CharSet.range('a', 'z')),
                    Map.entry("space", CharSet.range('\t', '\r').or(CharSet.of(" "))),
                    Map.entry("blank", CharSet.of("\t ")),
                    Map.entry("punct", CharSet.range('!', '~').minus(ALNUM)),
                    Map.entry("graph", CharSet.range('!', '~')),
                    Map.entry("print", CharSet.range(' ', '~')),
                    Map.entry("cntrl", CharSet.range(0, 31).or(CharSet.range(127, 127))),
                    Map.entry("xdigit", HEX));

    private static final Map<String, String> LONG_CATEGORIES =
            Map.ofEntries(
                    Map.entry("letter", "L"),
                    Map.entry("cased_letter", "LC"),
                    Map.entry("uppercase_letter", "Lu"),
                    Map.entry("lowercase_letter", "Ll"),
                    Map.entry("titlecase_letter", "Lt"),
                    Map.entry("modifier_letter", "Lm"),
                    Map.entry("other_letter", "Lo"),
                    Map.entry("mark", "M"),
                    Map.entry("combining_mark", "M"),
                    Map.entry("nonspacing_mark", "Mn"),
                    Map.entry("spacing_mark", "Mc"),
                    Map.entry("enclosing_mark", "Me"),
                    Map.entry("number", "N"),
                    Map.entry("decimal_number", "Nd"),
                    Map.entry("digit", "Nd"),
                    Map.entry("letter_number", "Nl"),
                    Map.entry("other_number", "No"),
                    Map.entry("punctuation", "P"),
                    Map.entry("punct", "P"),
                    Map.entry("connector_punctuation", "Pc"),
                    Map.entry("dash_punctuation", "Pd"),
                    Map.entry("open_punctuation", "Ps"),
                    Map.entry("close_punctuation", "Pe"),
                    Map.entry("initial_punctuation", "Pi"),
                    Map.entry("final_punctuation", "Pf"),
                    Map.entry("other_punctuation", "Po"),
                    Map.entry("symbol", "S"),
                    Map.entry("math_symbol", "Sm"),
                    Map.entry("currency_symbol", "Sc"),
                    Map.entry("modifier_symbol", "Sk"),
                    Map.entry("other_symbol", "So"),
                    Map.entry("separator", "Z"),
                    Map.entry("space_separator", "Zs"),
                    Map.entry("line_separator", "Zl"),
                    Map.entry("paragraph_separator", "Zp"),
                    Map.entry("other", "C"),
                    Map.entry("control", "Cc"),
                    Map.entry("cntrl", "Cc"),
                    Map.entry("format", "Cf"),
                    Map.entry("private_use", "Co"),
                    Map.entry("unassigned", "Cn"));

    private static final Map<String, IntPredicate> BINARY =
            Map.ofEntries(
                    Map.entry("Any", c -> true),
                    Map.entry("ASCII", c -> c < 128),
                    Map.entry("Assigned", Character::isDefined),
                    Map.entry("Alphabetic", Character::isAlphabetic),
                    Map.entry("Alpha", Character::isAlphabetic),
                    Map.entry("Lowercase", Character::isLowerCase),
                    Map.entry("Lower", Character::isLowerCase),
                    Map.entry("Uppercase", Character::isUpperCase),
                    Map.entry("Upper", Character::isUpperCase),
                    Map.entry("White_Space", c -> c == 0x85 || c != 0xfeff && SPACE.contains(c)),
                    Map.entry("space", c -> c == 0x85 || c != 0xfeff && SPACE.contains(c)),
                    Map.entry("Ideographic", Character::isIdeographic),
                    Map.entry("Ideo", Character::isIdeographic),
                    Map.entry("ID_Start", Character::isUnicodeIdentifierStart),
                    Map.entry("IDS", Character::isUnicodeIdentifierStart),
                    Map.entry("ASCII_Hex_Digit", HEX::contains),
                    Map.entry("AHex", HEX::contains),
                    Map.entry("Emoji", Character::isEmoji),
                    Map.entry("Emoji_Presentation", Character::isEmojiPresentation),
                    Map.entry("Emoji_Modifier", Character::isEmojiModifier),
                    Map.entry("Emoji_Modifier_Base", Character::isEmojiModifierBase),
                    Map.entry("Emoji_Component", Character::isEmojiComponent),
                    Map.entry("Extended_Pictographic", Character::isExtendedPictographic));

    private static final Map<String, CharSet> KNOWN = new ConcurrentHashMap<>();

    private UnicodeSets() {}

    /** The set of {@code [:name:]} within a class. */
    static Optional<CharSet> posix(String name) {
        return Optional.ofNullable(POSIX.get(name));
    }

    /** The set of {@code \p{name}}: a general category, a script or a binary property. */
    public static Optional<CharSet> property(String name) {
        Optional<CharSet> known = Optional.ofNullable(KNOWN.get(name));
        if (known.isEmpty()) {
            known = find(name);
            known.ifPresent(set -> KNOWN.put(name, set));
        }
        return known;
    }

    private static Optional<CharSet> find(String name) {
        int equals = name.indexOf('=');
        String value = name.substring(equals + 1);
        return switch (equals < 0 ? "" : name.substring(0, equals)) {
            case "General_Category", "gc" -> category(value);
            case "Script", "sc" -> script(value);
            case "" ->
                    category(value)
                            .or(() -> Optional.ofNullable(BINARY.get(value)).map(UnicodeSets::scan))
                            .or(() -> script(value));
            default -> Optional.empty();
        };
    }

    private static Optional<CharSet> category(String name) {
        String code = LONG_CATEGORIES.getOrDefault(name.toLowerCase(Locale.ROOT), name);
        if (code.equals("LC") || code.equals("L&")) {
            return Optional.of(union("Lu", "Ll", "Lt"));
        }
        Optional<CharSet> found = Optional.ofNullable(Categories.SETS.get(code));
        if (found.isPresent() || code.length() != 1) {
            return found;
        }
        String[] parts =
                Categories.SETS.keySet().stream()
                        .filter(k -> k.startsWith(code))
                        .toArray(String[]::new);
        return parts.length == 0 ? Optional.empty() : Optional.of(union(parts));
    }

    private static CharSet union(String... categories) {
        CharSet union = CharSet.none();
        for (String category : categories) {
            union = union.or(Categories.SETS.getOrDefault(category, CharSet.none()));
        }
        return union;
    }

    private static Optional<CharSet> script(String name) {
        Character.UnicodeScript script;
        try {
            script = Character.UnicodeScript.forName(name);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.of(scan(c -> Character.UnicodeScript.of(c) == script));
    }

    private static CharSet scan(IntPredicate predicate) {
        CharSet.Ranges ranges = new CharSet.Ranges();
        for (int c = 0; c < CharSet.END; c++) {
            if (predicate.test(c)) {
                ranges.add(c, c);
            }
        }
        return ranges.toSet();
    }

    /** The set with all variants under simple case folding. */
    static CharSet foldCase(CharSet set) {
        if (set.ranges() == 1 && set.low(0) == set.high(0)) {
            int c = set.low(0);
            List<CharSet> variants = new ArrayList<>(List.of(set));
            CaseVariants.OTHERS
                    .getOrDefault(CaseVariants.fold(c), List.of())
                    .forEach(v -> variants.add(CharSet.range(v, v)));
            return CharSet.union(variants);
        }
        CharSet.Ranges ranges = new CharSet.Ranges();
        for (int c : CaseVariants.CASED) {
            if (variantIn(set, c)) {
                ranges.add(c, c);
            }
        }
        return set.or(ranges.toSet());
    }

    private static boolean variantIn(CharSet set, int c) {
        for (int other : CaseVariants.OTHERS.getOrDefault(CaseVariants.fold(c), List.of())) {
            if (set.contains(other)) {
                return true;
            }
        }
        return false;
    }

    /** Characters with case variants, by their folded form. */
    private static final class CaseVariants {
        static final Map<Integer, List<Integer>> OTHERS = new HashMap<>();
        static final List<Integer> CASED = new ArrayList<>();

        static {
            for (int c = 0; c < CharSet.END; c++) {
                if (fold(c) != c) {
                    int folded = fold(c);
                    OTHERS.computeIfAbsent(folded, f -> new ArrayList<>(List.of(f))).add(c);
                }
            }
            OTHERS.values().forEach(CASED::addAll);
            CASED.sort(Integer::compare);
        }

        private static int fold(int c) {
            return Character.toLowerCase(Character.toUpperCase(c));
        }
    }

    /** The general categories by their two-letter names, read from the JDK once. */
    private static final class Categories {
        static final Map<String, CharSet> SETS = new HashMap<>();

        /** Indexed by the result of {@link Character#getType}; 17 is unused. */
        private static final String NAMES =
                "Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No -- Zs Zl Zp Cc Cf -- Co Cs Pd Ps Pe Pc Po Sm"
                        + " Sc Sk So Pi Pf";

        static {
            String[] names = NAMES.split(" ");
            CharSet.Ranges[] ranges = new CharSet.Ranges[names.length];
            for (int i = 0; i < names.length; i++) {
                ranges[i] = new CharSet.Ranges();
            }
            for (int c = 0; c < CharSet.END; c++) {
                ranges[Character.getType(c)].add(c, c);
            }
            for (int i = 0; i < names.length; i++) {
                SETS.put(names[i], ranges[i].toSet());
            }
            SETS.remove("--");
        }
    }
}
