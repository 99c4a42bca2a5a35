package tramontane.chat.jinja;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.IsoFields;
import java.util.Locale;
import java.util.Optional;

/**
 * Python's {@code strftime} in the C locale on Linux, with its flags and widths. The time has no
 * time zone; seconds since 1970 are computed in UTC. Unknown codes are copied.
 */
final class Strftime {
    private static final String FLAGS = "_-0^#";
    private static final int MAX_WIDTH = 1_000;

    private Strftime() {}

    /** The text of a code and its default padding. */
    private record Part(String text, char fill, int width) {
        static Part text(String text) {
            return new Part(text, ' ', 0);
        }

        static Part number(long number, int digits) {
            return new Part(Long.toString(number), '0', digits);
        }

        static Part spaced(long number) {
            return new Part(Long.toString(number), ' ', 2);
        }

        boolean isNumber() {
            return width > 0;
        }
    }

    static String format(LocalDateTime time, String format) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            int end = format.charAt(at) == '%' ? codeEnd(format, at) : at + 1;
            String code = format.substring(at, end);
            out.append(end - at > 1 ? converted(time, code).orElse(code) : code);
            at = end;
        }
        return out.toString();
    }

    /** Reads what follows the flags: the width, a letter E or O, and the code. */
    private static int codeEnd(String format, int percent) {
        int at = percent + 1;
        while (at < format.length() && FLAGS.indexOf(format.charAt(at)) >= 0) {
            at++;
        }
        while (at < format.length() && isDigit(format.charAt(at))) {
            at++;
        }
        boolean modified =
                at + 1 < format.length()
                        && (format.charAt(at) == 'E' || format.charAt(at) == 'O')
                        && Character.isLetter(format.charAt(at + 1));
        at += modified ? 1 : 0;
        return Math.min(at + 1, format.length());
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static Optional<String> converted(LocalDateTime time, String code) {
        char flag = ' ';
        boolean upper = false;
        boolean swapped = false;
        int at = 1;
        for (; at < code.length() && FLAGS.indexOf(code.charAt(at)) >= 0; at++) {
            upper |= code.charAt(at) == '^';
            swapped |= code.charAt(at) == '#';
            flag = "_-0".indexOf(code.charAt(at)) >= 0 ? code.charAt(at) : flag;
        }
        int width = 0;
        for (; at < code.length() && isDigit(code.charAt(at)); at++) {
            width = Math.min(10 * width + code.charAt(at) - '0', MAX_WIDTH);
        }
        char letter = code.charAt(code.length() - 1);
        if (at >= code.length()) {
            return Optional.empty();
        }
        char kept = flag;
        boolean capitals = upper || swapped && letter != 'p' && letter != 'Z';
        boolean small = swapped && letter == 'p';
        int wanted = width;
        return part(time, letter)
                .map(part -> {
                    String text = padded(part, kept, wanted);
                    return capitals
                            ? text.toUpperCase(Locale.ROOT)
                            : small ? text.toLowerCase(Locale.ROOT) : text;
                });
    }

    private static String padded(Part part, char flag, int width) {
        char fill =
                switch (flag) {
                    case '_' -> ' ';
                    case '0' -> '0';
                    case '-' -> ' ';
                    default -> part.fill;
                };
        int wanted = Math.max(width, part.isNumber() && flag != '-' ? part.width : 0);
        boolean negative = part.text.startsWith("-");
        int missing = wanted - part.text.length();
        String padding = String.valueOf(fill).repeat(Math.max(0, missing));
        return negative && fill == '0'
                ? "-" + padding + part.text.substring(1)
                : padding + part.text;
    }

    private static Optional<Part> part(LocalDateTime time, char code) {
        int year = time.getYear();
        int weekYear = time.get(IsoFields.WEEK_BASED_YEAR);
        int hour = time.getHour() % 12 == 0 ? 12 : time.getHour() % 12;
        int sundayBased = time.getDayOfWeek().getValue() % 7;
        int mondayBased = time.getDayOfWeek().getValue() - 1;
        return Optional.ofNullable(
                switch (code) {
                    case 'Y' -> new Part(Integer.toString(year), '0', 1);
                    case 'C' -> Part.number(Math.floorDiv(year, 100), 2);
                    case 'y' -> Part.number(Math.floorMod(year, 100), 2);
                    case 'G' -> new Part(Integer.toString(weekYear), '0', 1);
                    case 'g' -> Part.number(Math.floorMod(weekYear, 100), 2);
                    case 'V' -> Part.number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2);
                    case 'U' -> Part.number((time.getDayOfYear() + 6 - sundayBased) / 7, 2);
                    case 'W' -> Part.number((time.getDayOfYear() + 6 - mondayBased) / 7, 2);
                    case 'm' -> Part.number(time.getMonthValue(), 2);
                    case 'd' -> Part.number(time.getDayOfMonth(), 2);
                    case 'e' -> Part.spaced(time.getDayOfMonth());
                    case 'j' -> Part.number(time.getDayOfYear(), 3);
                    case 'u' -> Part.number(time.getDayOfWeek().getValue(), 1);
                    case 'w' -> Part.number(sundayBased, 1);
                    case 'H' -> Part.number(time.getHour(), 2);
                    case 'k' -> Part.spaced(time.getHour());
                    case 'I' -> Part.number(hour, 2);
                    case 'l' -> Part.spaced(hour);
                    case 'M' -> Part.number(time.getMinute(), 2);
                    case 'S' -> Part.number(time.getSecond(), 2);
                    case 's' -> Part.number(time.toEpochSecond(ZoneOffset.UTC), 1);
                    case 'f' -> Part.number(time.getNano() / 1000, 6);
                    case 'p' -> Part.text(time.getHour() < 12 ? "AM" : "PM");
                    case 'P' -> Part.text(time.getHour() < 12 ? "am" : "pm");
                    case 'n' -> Part.text("\n");
                    case 't' -> Part.text("\t");
                    case '%' -> Part.text("%");
                    case 'Z', 'z' -> Part.text("");
                    case 'B' -> pattern(time, "MMMM");
                    case 'b', 'h' -> pattern(time, "MMM");
                    case 'A' -> pattern(time, "EEEE");
                    case 'a' -> pattern(time, "EEE");
                    case 'F' -> pattern(time, "uuuu-MM-dd");
                    case 'T', 'X' -> pattern(time, "HH:mm:ss");
                    case 'R' -> pattern(time, "HH:mm");
                    case 'r' -> pattern(time, "hh:mm:ss a");
                    case 'D', 'x' -> pattern(time, "MM/dd/uu");
                    case 'c' -> pattern(time, "EEE MMM ppd HH:mm:ss uuuu");
                    default -> null;
                });
    }

    private static Part pattern(LocalDateTime time, String pattern) {
        return Part.text(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time));
    }
}
