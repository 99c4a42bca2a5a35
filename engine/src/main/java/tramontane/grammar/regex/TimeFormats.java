package tramontane.grammar.regex;

import java.util.Locale;

/** Dates and times as RFC 3339 writes them. */
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
     * The second 60 comes before midnight in UTC: at each local time under two offsets. All offsets
     * in use are of whole quarters; to allow each minute would take thousands of states.
     */
    private static String leapSeconds() {
        StringBuilder pattern = new StringBuilder();
        for (int local = QUARTER - 1; local < MINUTES_OF_DAY; local += QUARTER) {
            int ahead = (local + 1) % MINUTES_OF_DAY;
            int behind = (MINUTES_OF_DAY - ahead) % MINUTES_OF_DAY;
            pattern.append(local < QUARTER ? "(?:" : "|")
                    .append(clock(local))
                    .append(":60")
                    .append(FRACTION)
                    .append("(?:\\+")
                    .append(clock(ahead))
                    .append("|-")
                    .append(clock(behind))
                    .append(')');
        }
        return pattern.append(')').toString();
    }

    private static String clock(int minutes) {
        return String.format(Locale.ROOT, "%02d:%02d", minutes / 60, minutes % 60);
    }

    /** Appendix A of RFC 3339: units follow one another without a gap, weeks stand alone. */
    static Automaton duration() {
        String time = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
        String date = "(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)";
        return Formats.whole("P(?:" + date + "(?:" + time + ")?|" + time + "|\\d+W)");
    }
}
