package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tramontane.ledger.Ledger;

/** Compares the plain manifests with the server's own constants. */
class DeployTest {
    private static long[] numbers(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .mapToLong(found -> Long.parseLong(found.replaceAll("\\D", "")))
                .toArray();
    }

    /** A pod that is killed earlier would cut answers that the server still gives time. */
    @Test
    void podsAreKilledNoEarlierThanTheServerEndsByItself() throws IOException {
        String text = Files.readString(Checkout.path("deploy/kubernetes/tramontane.yaml"));
        long[] kill = numbers(text, "terminationGracePeriodSeconds: \\d+");
        long[] grace = numbers(text, "grace-seconds = \\d+");
        long[] wait = numbers(text, "command: \\[sleep, \"\\d+\"]");
        assertThat(kill).hasSize(2);
        assertThat(grace).hasSize(2);
        assertThat(wait).hasSize(2);
        for (int i = 0; i < kill.length; i++) {
            long last = HttpListener.LAST_WORDS.plus(Ledger.MAX_CLOSE_WAIT).toSeconds();
            // The time that Shutdown's hook waits beyond these.
            long needed = wait[i] + grace[i] + last + 5;
            assertThat(kill[i]).isGreaterThanOrEqualTo(needed);
        }
    }
}
