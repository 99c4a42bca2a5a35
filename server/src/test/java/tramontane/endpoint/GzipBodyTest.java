package tramontane.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import tramontane.api.ApiException;

class GzipBodyTest {
    private static byte[] zeros(int bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(new byte[bytes]);
        }
        return packed.toByteArray();
    }

    @Test
    void whatUnpacksToManyTimesItsSizeIsRefusedEarly() throws Exception {
        BodyBudget budget = new BodyBudget(8 << 20);
        byte[] packed = zeros(6 << 20);
        assertThatThrownBy(() -> GzipBody.unpack(packed, 32 << 20, budget.share()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("200 times its size");
        assertThat(GzipBody.unpack(zeros(1 << 20), 32 << 20, budget.share())).hasSize(1 << 20);
    }

    @Test
    void whatIsUnpackedCountsAgainstTheBudget() throws IOException {
        byte[] packed = zeros(1 << 20);
        assertThatThrownBy(() -> GzipBody.unpack(packed, 32 << 20, new BodyBudget(500_000).share()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("too many request bodies");
    }
}
