package tramontane.bench.quality;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A language of the tasks, with the way it writes lists, decimals and dates. */
public enum Language {
    ENGLISH("en", ", ", " and "),
    GERMAN("de", ", ", " und "),
    FRENCH("fr", ", ", " et "),
    CHINESE("zh", "、", "和");

    // The launcher leaves out the JDK's locale data, so the names of months are here.
    private static final List<String> ENGLISH_MONTHS =
            List.of(
                    "January",
                    "February",
                    "March",
                    "April",
                    "May",
                    "June",
                    "July",
                    "August",
                    "September",
                    "October",
                    "November",
                    "December");
    private static final List<String> GERMAN_MONTHS =
            List.of(
                    "Januar",
                    "Februar",
                    "März",
                    "April",
                    "Mai",
                    "Juni",
                    "Juli",
                    "August",
                    "September",
                    "Oktober",
                    "November",
                    "Dezember");
    private static final List<String> FRENCH_MONTHS =
            List.of(
                    "janvier",
                    "février",
                    "mars",
                    "avril",
                    "mai",
                    "juin",
                    "juillet",
                    "août",
                    "septembre",
                    "octobre",
                    "novembre",
                    "décembre");

    private final String code;
    private final String comma;
    private final String and;

    Language(String code, String comma, String and) {
        this.code = code;
        this.comma = comma;
        this.and = and;
    }

    public String code() {
        return code;
    }

    /** Throws IllegalArgumentException with the known codes if there is no such language. */
    public static Language of(String code) {
        return Arrays.stream(values())
                .filter(language -> language.code.equals(code))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "unknown language " + code + "; known are en, de, fr and zh"));
    }

    /** "a, b and c" */
    String join(List<String> parts) {
        int last = parts.size() - 1;
        return last < 1
                ? String.join(comma, parts)
                : String.join(comma, parts.subList(0, last)) + and + parts.get(last);
    }

    String decimal(BigDecimal value) {
        String text = value.toPlainString();
        return this == GERMAN || this == FRENCH ? text.replace('.', ',') : text;
    }

    /** The spellings of a date that texts use. */
    List<String> dates(LocalDate date) {
        int day = date.getDayOfMonth();
        int month = date.getMonthValue();
        int year = date.getYear();
        return switch (this) {
            case ENGLISH -> {
                String name = ENGLISH_MONTHS.get(month - 1);
                yield List.of(day + " " + name + " " + year, name + " " + day + ", " + year);
            }
            case GERMAN ->
                    List.of(
                            day + ". " + GERMAN_MONTHS.get(month - 1) + " " + year,
                            String.format(Locale.ROOT, "%02d.%02d.%d", day, month, year));
            case FRENCH -> {
                String first = day == 1 ? "1er" : "" + day;
                yield List.of(first + " " + FRENCH_MONTHS.get(month - 1) + " " + year);
            }
            case CHINESE -> List.of(year + "年" + month + "月" + day + "日");
        };
    }
}
