package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.ledger.UsageQuery;

class UsageFormatTest {
    private static final UsageQuery QUERY =
            new UsageQuery(List.of(UsageQuery.Group.DAY, UsageQuery.Group.MODEL), 0, 1);
    private static final List<UsageQuery.Sum> SUMS =
            List.of(
                    new UsageQuery.Sum(List.of("2026-11-28", "a,\"b\""), 3, 2, 100, 20, 30, 0),
                    new UsageQuery.Sum(List.of("2026-11-29", "=1+1"), 1, 1, 5, 0, 1234, 7));

    private static String printed(UsageFormat format) {
        StringWriter text = new StringWriter();
        format.print(QUERY, SUMS, new PrintWriter(text));
        return text.toString();
    }

    @Test
    void aTableHasColumnsAndATotal() {
        assertThat(printed(UsageFormat.TABLE).lines())
                .containsExactly(
                        "day         model  requests  finished  prompt_tokens  cached_tokens  completion_tokens  thinking_tokens",
                        "2026-11-28  a,\"b\"         3         2            100             20                 30                0",
                        "2026-11-29  =1+1          1         1              5              0               1234                7",
                        "total                     4         3            105             20               1264                7");
    }

    @Test
    void csvQuotesAndCannotBecomeAFormula() {
        assertThat(printed(UsageFormat.CSV))
                .isEqualTo(
                        "day,model,requests,finished,prompt_tokens,cached_tokens,completion_tokens,thinking_tokens\r\n"
                                + "2026-11-28,\"a,\"\"b\"\"\",3,2,100,20,30,0\r\n"
                                + "2026-11-29,'=1+1,1,1,5,0,1234,7\r\n");
        for (String text : List.of("=a", "+a", "-a", "@a", "\ta")) {
            assertThat(UsageFormat.csvCell(text)).isEqualTo("'" + text);
        }
        assertThat(UsageFormat.csvCell("\ra")).isEqualTo("\"'\ra\"");
        assertThat(UsageFormat.csvCell("a=b")).isEqualTo("a=b");
    }

    @Test
    void jsonHasNumbers() {
        assertThat(printed(UsageFormat.JSON).replaceAll("\\s+", " "))
                .startsWith(
                        "[ { \"day\" : \"2026-11-28\", \"model\" : \"a,\\\"b\\\"\", \"requests\" : 3,")
                .contains("\"completion_tokens\" : 1234");
    }

    @Test
    void momentsAreDaysOrAges() {
        Instant now = Instant.parse("2026-11-29T12:00:00Z");
        long day = Instant.parse("2026-11-28T00:00:00Z").toEpochMilli();
        assertThat(Moment.parse("2026-11-28", now)).contains(new Moment(day, day + 86_400_000));
        long noon = now.toEpochMilli();
        assertThat(Moment.parse("12h", now).map(Moment::start)).contains(noon - 43_200_000);
        assertThat(Moment.parse("2d", now).map(Moment::end)).contains(noon - 172_800_000);
        for (String wrong : List.of("", "yesterday", "2026-13-01", "-1d", "9999999d")) {
            assertThat(Moment.parse(wrong, now)).as(wrong).isEqualTo(Optional.empty());
        }
    }
}
