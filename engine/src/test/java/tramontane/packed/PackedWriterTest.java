package tramontane.packed;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class PackedWriterTest {
    private static final long MIB = 1L << 20;

    @Test
    void aFileThatWouldFillTheDiskIsNotWritten() {
        assertThatCode(() -> PackedWriter.refusal(400 * MIB, 1424 * MIB))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> PackedWriter.refusal(400 * MIB, 1424 * MIB - 1))
                .isInstanceOf(IOException.class)
                .hasMessage("they need 400 MiB, and of 1423 MiB free on the disk 1024 must stay");
        assertThatThrownBy(() -> PackedWriter.refusal(400 * MIB, 0))
                .isInstanceOf(IOException.class);
    }
}
