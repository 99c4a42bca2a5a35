package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;
import tramontane.bench.gateway.GatewayRun;
import tramontane.bench.gateway.StandIn;
import tramontane.bench.gateway.Target;

class GatewayBenchTest {
    @Test
    void everyEventOfTheStandInArrivesDirectlyAndThroughAGateway() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (StandIn standIn = new StandIn(0);
                HttpClient client = HttpClient.newHttpClient();
                ServerProcess gateway =
                        ServerProcess.start(
                                client, List.of("--upstream", "stand-in=vllm+" + standIn.uri()))) {
            List<Target> targets =
                    List.of(
                            new Target("direct", standIn.uri(), "none", OptionalLong.empty()),
                            new Target(
                                    "gateway",
                                    gateway.url(),
                                    "none",
                                    OptionalLong.of(gateway.process().pid())));
            ArrayNode rows =
                    new GatewayRun(
                                    standIn,
                                    targets,
                                    Duration.ofSeconds(5),
                                    new PrintStream(printed, true, StandardCharsets.UTF_8))
                            .measure(
                                    List.of(new GatewayRun.Level(3, 2, 5, Duration.ofMillis(2))),
                                    2);
            assertThat(rows).hasSize(2);
            for (int i = 0; i < rows.size(); i++) {
                assertThat(rows.get(i).at("/eventMillis/p50").doubleValue()).isPositive();
                // Four pauses of two milliseconds are in every answer.
                assertThat(rows.get(i).at("/wholeMillis/p50").doubleValue())
                        .isGreaterThanOrEqualTo(8);
            }
            assertThat(rows.get(0).has("eventsPerProcessorSecond")).isFalse();
            assertThat(rows.get(0).has("addedFirstMillis")).isFalse();
            for (String added : List.of("First", "Event")) {
                String times = "/" + added.toLowerCase(Locale.ROOT) + "Millis/p50";
                assertThat(rows.get(1).at("/added" + added + "Millis/p50").doubleValue())
                        .isEqualTo(
                                rows.get(1).at(times).doubleValue()
                                        - rows.get(0).at(times).doubleValue());
            }
            assertThat(printed.toString(StandardCharsets.UTF_8))
                    .contains("| 3 | direct | ", "| 3 | gateway | ");
        }
    }
}
