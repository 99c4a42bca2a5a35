package tramontane.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tramontane.kernel.scalar.ScalarKernels;

/** In processes that start without the Vector API, as those of the launchers do. */
class VectorModuleTest {
    /** What such a process runs. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            System.out.print(VectorKernels.refusal().orElseGet(Program::computed));
        }

        private static String computed() {
            float[] vector = new float[100];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = i / 7f - 5;
            }
            float[] scalar = vector.clone();
            new VectorKernels().exp(vector);
            new ScalarKernels().exp(scalar);
            return Arrays.equals(vector, scalar) ? "the same" : Arrays.toString(vector);
        }
    }

    private static String output(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-Dtramontane.vectorBits=128", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Program.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(0);
        return output;
    }

    @Test
    void theModuleIsLoadedWhenItIsNeededWithoutAWarning() throws Exception {
        assertThat(output("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED"))
                .isEqualTo("the same");
    }

    @Test
    void aProcessThatMayNotLoadItIsToldWhatToDo() throws Exception {
        assertThat(output())
                .isEqualTo(
                        "the module jdk.incubator.vector is missing;"
                                + " start Java with --add-modules jdk.incubator.vector");
    }
}
