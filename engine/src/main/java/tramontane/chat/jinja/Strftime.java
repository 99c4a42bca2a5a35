package tramontane.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's {@code strftime} in the C locale. */
final class Strftime {
    private Strftime() {}

    static String format(LocalDateTime time, String format) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char code = format.charAt(++i);
            if (code == '-' && i + 1 < format.length()) {
                out.append(unpadded(part(time, format.charAt(++i))));
            } else {
                out.append(part(time, code));
            }
        }
        return out.toString();
    }

    private static String unpadded(String number) {
        return number.length() > 1 && (number.charAt(0) == '0' || number.charAt(0) == ' ')
                ? unpadded(number.substring(1))
                : number;
    }

    private static String part(LocalDateTime time, char code) {
        return switch (code) {
            case 'Y' -> String.valueOf(time.getYear());
            case 'y' -> pattern(time, "uu");
            case 'm' -> pattern(time, "MM");
            case 'B' -> pattern(time, "MMMM");
            case 'b', 'h' -> pattern(time, "MMM");
            case 'd' -> pattern(time, "dd");
            case 'e' -> pattern(time, "ppd");
            case 'j' -> pattern(time, "DDD");
            case 'A' -> pattern(time, "EEEE");
            case 'a' -> pattern(time, "EEE");
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'H' -> pattern(time, "HH");
            case 'I' -> pattern(time, "hh");
            case 'M' -> pattern(time, "mm");
            case 'S' -> pattern(time, "ss");
            case 'f' -> pattern(time, "SSSSSS");
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'F' -> pattern(time, "uuuu-MM-dd");
            case 'T', 'X' -> pattern(time, "HH:mm:ss");
            case 'R' -> pattern(time, "HH:mm");
            case 'D', 'x' -> pattern(time, "MM/dd/uu");
            case 'c' -> pattern(time, "EEE MMM ppd HH:mm:ss uuuu");
            case 'Z', 'z' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> throw TemplateException.failed("strftime knows no %" + code);
        };
    }

    private static String pattern(LocalDateTime time, String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
    }
}
