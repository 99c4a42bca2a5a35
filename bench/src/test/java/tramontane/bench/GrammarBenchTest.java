package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GrammarBenchTest {
    @Test
    void schemasJudgedWronglyAreNamedOnceForEachKindOfFaultAndRefusedOnesAreNot() {
        assertThat(
                        GrammarBench.failures(
                                List.of(
                                        "refused\tnot enforceable\tuniqueItems of objects",
                                        "accepted\tshop order\t{\"a\":1}",
                                        "accepted\tshop order\t{\"a\":2}",
                                        "unread\tshop order\t{}",
                                        "failed\tdeep\tStackOverflowError")))
                .containsExactly("accepted  shop order", "unread  shop order", "failed  deep");
    }
}
