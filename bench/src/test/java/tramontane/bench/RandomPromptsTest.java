package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tramontane.bench.RandomPrompts.Counted;

class RandomPromptsTest {
    @Test
    void aPromptHasTheWantedTokens() {
        // A template of 13 tokens beyond the cache, and three tokens for each word.
        RandomPrompts prompts = RandomPrompts.fit(new Counted(5, 28), new Counted(100, 313));
        assertThat(prompts.words(28)).isEqualTo(5);
        assertThat(prompts.words(164)).isEqualTo(50);
        assertThat(prompts.words(1)).isEqualTo(1);
        assertThat(RandomPrompts.text(7, 50).split(" ")).hasSize(51);
        assertThat(RandomPrompts.text(7, 50)).isNotEqualTo(RandomPrompts.text(8, 50));
    }
}
