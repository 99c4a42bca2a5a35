package tramontane.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class DataUrlTest {
    @Test
    void bytesAreReadWhateverTheLabel() throws Exception {
        for (String label : new String[] {"image/png", "text/html", "", "image/png;name=a"}) {
            assertThat(DataUrl.bytes("data:" + label + ";base64,AQID", 3)).containsExactly(1, 2, 3);
        }
        assertThat(DataUrl.bytes("DATA:image/png;BASE64,AQI=", 3)).containsExactly(1, 2);
    }

    @Test
    void base64IsStrict() {
        for (String wrong : new String[] {"AQ", "A", "AQ=D", "AQID ", "A\nQID", "AQ_-", "AQID="}) {
            assertRefused("data:image/png;base64," + wrong, "not valid base64");
        }
    }

    @Test
    void otherFormsAreRefused() {
        assertRefused("data:image/png,abc", "must have the form");
        assertRefused("data:image/png;base64", "must have the form");
        assertRefused("data:image/png;base64,", "is empty");
    }

    @Test
    void theLengthIsBounded() throws Exception {
        String four = "data:;base64," + Base64.getEncoder().encodeToString(new byte[4]);
        assertThat(DataUrl.bytes(four, 4)).hasSize(4);
        assertThatThrownBy(() -> DataUrl.bytes(four, 3)).hasMessageContaining("more than 3 bytes");
        String long100 = "data:;base64," + "A".repeat(400);
        assertThatThrownBy(() -> DataUrl.bytes(long100, 3))
                .hasMessageContaining("more than 3 bytes");
    }

    private static void assertRefused(String url, String why) {
        assertThatThrownBy(() -> DataUrl.bytes(url, 100))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(why);
    }
}
