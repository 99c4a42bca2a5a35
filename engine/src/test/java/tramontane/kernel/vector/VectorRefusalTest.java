package tramontane.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VectorRefusalTest {
    @Test
    void aWidthThatIsZeroOrUnsupportedIsRefused() {
        String wanted = System.getProperty(VectorKernels.BITS_PROPERTY, "");
        if (wanted.equals("0")) {
            assertThat(VectorKernels.refusal()).contains("tramontane.vectorBits is 0");
        } else {
            String reason = VectorKernels.refusal().orElse("");
            assertThat(reason.isEmpty() || reason.startsWith("vectors of " + wanted + " bits"))
                    .as(reason)
                    .isTrue();
        }
    }
}
