package tramontane.grammar.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import tramontane.grammar.automaton.Automaton;

class FormatsTest {
    private static void check(String format, String text, boolean valid) {
        assertThat(Formats.find(format).orElseThrow().matches(text))
                .as("%s '%s'", format, text)
                .isEqualTo(valid);
    }

    private static void valid(String format, String... texts) {
        for (String text : texts) {
            check(format, text, true);
        }
    }

    private static void invalid(String format, String... texts) {
        for (String text : texts) {
            check(format, text, false);
        }
    }

    @Test
    void unknownFormatsDoNotRestrictStrings() {
        assertThat(Formats.find("color")).isEmpty();
        assertThat(Formats.find("")).isEmpty();
        assertThat(Formats.find("host-name")).isEqualTo(Formats.find("hostname"));
        assertThat(Formats.find("ip-address")).isEqualTo(Formats.find("ipv4"));
    }

    @Test
    void datesExistInTheCalendar() {
        for (int year : new int[] {0, 4, 1899, 1900, 1996, 2000, 2023, 2024, 2100, 9999}) {
            for (int month = 0; month <= 13; month++) {
                for (int day = 0; day <= 32; day++) {
                    String text = String.format(Locale.ROOT, "%04d-%02d-%02d", year, month, day);
                    check("date", text, isDate(year, month, day));
                }
            }
        }
        invalid("date", "", "2024-1-01", "2024-01-1", "02024-01-01", "2024/01/01", "2024-01-01 ");
    }

    private static boolean isDate(int year, int month, int day) {
        try {
            LocalDate.of(year, month, day);
            return true;
        } catch (DateTimeException e) {
            // The calendar has no such day.
            return false;
        }
    }

    @Test
    void timesHaveAnOffsetAndALeapSecondOnlyBeforeMidnightInUtc() {
        valid("time", "00:00:00Z", "23:59:59z", "12:30:45.000001+14:00", "12:30:45-00:00");
        valid("time", "23:59:60Z", "00:59:60+01:00", "05:29:60+05:30", "15:59:60.25-08:00");
        invalid("time", "24:00:00Z", "12:60:00Z", "12:00:61Z", "12:00:00", "12:00Z", "12:00:00.Z");
        invalid("time", "12:00:00+24:00", "12:00:00+1:00", "12:00:00 Z", "12:00:00+01:60");
        invalid("time", "12:00:60Z", "23:59:60+01:00", "00:59:60-01:00", "05:30:60+05:30");
        valid("date-time", "2024-02-29T12:00:00Z", "2024-12-31t23:59:60z");
        invalid("date-time", "2023-02-29T12:00:00Z", "2024-02-29 12:00:00Z", "2024-02-29");
    }

    @Test
    void durationsFollowTheirGrammar() {
        valid("duration", "P1Y", "P1Y2M3DT4H5M6S", "PT36H", "P3W", "P2M10D", "PT0S", "P1DT1S");
        invalid(
                "duration",
                "",
                "P",
                "PT",
                "P1",
                "1D",
                "P1D1Y",
                "P1Y1D",
                "PT1H1S",
                "P1W1D",
                "P1.5D");
    }

    @Test
    void hostsAreNamesOrAddresses() {
        valid("hostname", "a", "example.com", "x-1.y2", "3com.example", "a--b", "a".repeat(63));
        invalid("hostname", "", "a.", ".a", "a..b", "-a", "a-", "a_b", "a".repeat(64), "xn--nxa");
        valid("hostname", "a".repeat(60) + ".b".repeat(8));
        invalid("hostname", ("a".repeat(63) + ".").repeat(3) + "a".repeat(62));
        valid("ipv4", "0.0.0.0", "255.255.255.255", "192.168.1.10");
        invalid("ipv4", "256.1.1.1", "1.1.1", "1.1.1.1.1", "01.1.1.1", "1.1.1.1 ", "1.1.1.");
        valid("ipv6", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4");
        valid("ipv6", "1::8", "1:2::7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "a:B::1.2.3.4");
        invalid("ipv6", "", ":", ":::", "1:2:3:4:5:6:7", "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::");
        invalid("ipv6", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.400", "::%eth0", "g::");
        valid("idn-hostname", "b\u00fccher.example", "\u4f8b\u3048.\u30c6\u30b9\u30c8", "a.\u05d0");
        invalid("idn-hostname", "B\u00fccher.example", "a\u05d0", "1.\u05d0", "\u0301a", "\u00fc-");
    }

    @Test
    void mailAddressesHaveALocalPartAndAHost() {
        valid("email", "a@b", "first.last+tag@example.com", "\"a b\"@c.d", "a@[127.0.0.1]");
        valid("email", "a@[IPv6:::1]", "!#$%&'*+-/=?^_`{|}~@x", "a".repeat(64) + "@b");
        invalid("email", "", "a", "@b", "a@", "a b@c", "a..b@c", ".a@b", "a.@b", "a@b@c", "a@-b");
        invalid("email", "a@b_c", "a@[1.2.3]", "\u00fc@b", "a".repeat(65) + "@b", "\"a@b");
        valid("idn-email", "\u00fc@\u00fc.example", "a@b");
        invalid("idn-email", "\u00fc", "a b@c");
    }

    @Test
    void referencesFollowRfc3986And3987() {
        valid("uri", "http://a/b?c#d", "mailto:a@b.c", "urn:x:y", "http://[::1]:80/", "a:", "x:/");
        valid("uri", "http://u:p@h:1/%20?q=/?#/?", "file:///etc/hosts", "a+b-c.1:x");
        invalid("uri", "", "/a", "a", "//h", "1a:b", "http://a b", "http://a/%2", "a:[", "a:#b#c");
        invalid("uri", "http://\u00fc/", "http://[::1", "http://h:p/", "a:\"", "a:{}", "a:\\");
        valid("uri-reference", "", "a", "/a", "//h/p", "?q", "#f", "./a:b", "../x", "http://a");
        invalid("uri-reference", "1:a", "a b", "%", "#a#b", "\u00fc");
        valid("iri", "http://\u00fc/\u4f8b?\ue000", "a:\u00fc", "http://a");
        invalid("iri", "\u00fc", "http://a/\ue000", "http://a b");
        valid("iri-reference", "\u00fc", "", "#\u00fc");
        invalid("iri-reference", "\u00fc b", "\ue000");
        valid("uri-template", "", "/a{b}", "{+a,b*}{?c:12}", "{a.b}", "%20{%41}", "\u00fc");
        invalid("uri-template", "{", "}", "{}", "{a", "{a:0}", "{a,}", "{+}", "a b", "{a-b}", "%2");
    }

    @Test
    void identifiersAndPointersFollowTheirGrammar() {
        valid(
                "uuid",
                "123e4567-e89b-12d3-a456-426614174000",
                "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF");
        invalid(
                "uuid",
                "",
                "123e4567e89b12d3a456426614174000",
                "123e4567-e89b-12d3-a456-42661417400g");
        valid("json-pointer", "", "/", "/a/b~0~1", "//", "/\u00fc \n");
        invalid("json-pointer", "a", "#/a", "/~", "/~2");
        valid("relative-json-pointer", "0", "10#", "1/a", "0/");
        invalid("relative-json-pointer", "", "/a", "01", "1#/a", "-1", "1a");
    }

    @Test
    void regexAcceptsWhatAllDialectsAccept() {
        valid("regex", "", "^a+$", "[a-z0-9_-]{3,16}", "(a|b(?:c(?=d)))*?", "\\d{4}-\\d{2}\\b");
        valid("regex", "[^\\]\\[]", "\\u00e9|\\x41", "[-a]", "[+-]", "a{12,105}", "a{17,18}", "a|");
        invalid(
                "regex",
                "(",
                ")",
                "a)",
                "[",
                "[]",
                "[z-a]",
                "*",
                "a**",
                "a{2,1}",
                "a{18,17}",
                "a{",
                "\\");
        invalid(
                "regex",
                "\\a",
                "(?i)a",
                "(?P<a>b)",
                "(?<a>b)",
                "\\1",
                "^*",
                "a]",
                "[a-Z]",
                "(?=a)*");
    }

    @Test
    void everyFormatHasAShortString() {
        for (String format :
                new String[] {"date-time", "email", "uri", "iri", "hostname", "ipv6"}) {
            Automaton automaton = Formats.find(format).orElseThrow();
            assertThat(automaton.matches(automaton.shortest(0))).as(format).isTrue();
        }
    }
}
