package tramontane.grammar.format;

import java.util.Locale;
import tramontane.grammar.automaton.Automaton;

/** Dates and times of RFC 3339. */
final class TimeFormats {
    private static final int MINUTES_OF_DAY = 24 * 60;
    private static final int QUARTER = 15;

    private static final String LEAP_YEAR =
            "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";

    private static final String DATE =
            "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
                    + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)"
                    + "|02-(?:0[1-9]|1\\d|2[0-8]))"
                    + "|"
                    + LEAP_YEAR
                    + "-02-29)";

    private static final String FRACTION = "(?:\\.\\d+)?";

    private TimeFormats() {}

    static Automaton date() {
        return Formats.whole(DATE);
    }

    static Automaton time() {
        return Formats.whole(timePattern());
    }

    static Automaton dateTime() {
        return Formats.whole(DATE + "[Tt]").then(time());
    }

    private static String timePattern() {
        String usual =
                "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d"
                        + FRACTION
                        + "(?:[zZ]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
        return usual + "|23:59:60" + FRACTION + "[zZ]|" + leapSeconds();
    }

    /**
     * A leap second is second 60 before midnight UTC, so each local time allows it with two
     * offsets. All offsets in use are multiples of 15 minutes; all minutes would take thousands of
     * states.
     */
    private static String leapSeconds() {
        StringBuilder pattern = new StringBuilder();
        for (int local = QUARTER - 1; local < MINUTES_OF_DAY; local += QUARTER) {
            int east = (local + 1) % MINUTES_OF_DAY;
            int west = (MINUTES_OF_DAY - east) % MINUTES_OF_DAY;
            pattern.append(local < QUARTER ? "(?:" : "|")
                    .append(clock(local))
                    .append(":60")
                    .append(FRACTION)
                    .append("(?:\\+")
                    .append(clock(east))
                    .append("|-")
                    .append(clock(west))
                    .append(')');
        }
        return pattern.append(')').toString();
    }

    private static String clock(int minutes) {
        return String.format(Locale.ROOT, "%02d:%02d", minutes / 60, minutes % 60);
    }

    /** RFC 3339, appendix A: units follow each other without gaps, and weeks stand alone. */
    static Automaton duration() {
        String time = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
        String date = "(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)";
        return Formats.whole("P(?:" + date + "(?:" + time + ")?|" + time + "|\\d+W)");
    }
}
