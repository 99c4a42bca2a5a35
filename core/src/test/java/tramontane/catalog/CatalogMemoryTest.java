package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.catalog.ModelShape.Extra;
import tramontane.catalog.ModelShape.Heads;
import tramontane.engine.MemoryPlan;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.RealModels;

/**
 * The memory that the catalogue states is what the engine plans for a file with the model's sizes.
 * The size of the real file shows that these sizes are right: it differs by the header only.
 */
class CatalogMemoryTest {
    private static final int CONTEXT = 4096;

    /** A header is a vocabulary of up to 131,072 tokens and the list of tensors. */
    private static final long MAX_HEADER_BYTES = 12_000_000;

    /** Files of another mixture than Q4_K_M. */
    private static final Set<String> OTHER_MIXTURES =
            Set.of("mistral-small-4", "mixtral-8x7b", "shieldstral-3b");

    /** Models of sizes that are no multiples of 256, whose files need further formats. */
    private static final Set<String> SMALL =
            Set.of("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "gemma3-270m");

    @TempDir Path folder;

    private final Catalog catalog = Catalog.load(Path.of("absent"));

    @Test
    void theMemoryIsWhatTheEnginePlans() throws IOException {
        Map<String, ModelShape> shapes = shapes();
        for (CatalogEntry entry : catalog.list()) {
            if (SMALL.contains(entry.name())) {
                continue;
            }
            ModelShape shape = shapes.get(entry.name());
            assertThat(shape).as(entry.name()).isNotNull();
            MemoryPlan plan = plan(shape.write(folder.resolve("shape.gguf")));
            // The plan's weights are those of Q4_K_M; another mixture takes more or less.
            double mixture = (double) entry.bytes() / shape.tensorBytes();
            double weights = plan.weightBytes() * Math.max(1, mixture);
            check(entry, (long) (plan.compactBytes() - plan.weightBytes() + weights));
        }
    }

    @Test
    void theFilesHaveTheSizesOfTheModels() {
        shapes().forEach((name, shape) -> {
            CatalogEntry entry = catalog.find(name).orElseThrow();
            if (!OTHER_MIXTURES.contains(name)) {
                boolean exact = entry.sha256().isPresent();
                assertThat(entry.bytes() - shape.tensorBytes())
                        .as(name)
                        .isBetween(exact ? 0 : -MAX_HEADER_BYTES, MAX_HEADER_BYTES);
            }
        });
    }

    @Test
    void theMemoryOfASmallModelIsWhatTheEnginePlans() throws IOException {
        List<String> here =
                SMALL.stream().filter(name -> RealModels.find(name).isPresent()).toList();
        assumeThat(here).as("models on this machine").isNotEmpty();
        for (String name : here) {
            MemoryPlan plan = plan(RealModels.find(name).orElseThrow());
            check(catalog.find(name).orElseThrow(), plan.compactBytes());
        }
    }

    /** What MODELS.md and the README say of Mistral Small 4. */
    @Test
    void aTokenOfSmall4ReadsAFractionOfItsBytes() {
        assertThat(tokenBytes("mistral-small-4")).isBetween(4_600_000_000L, 4_800_000_000L);
        assertThat(tokenBytes("mistral-medium-3.5-128b"))
                .isBetween(73_500_000_000L, 74_500_000_000L);
    }

    private static long tokenBytes(String name) {
        return Objects.requireNonNull(shapes().get(name)).tokenBytes();
    }

    private static void check(CatalogEntry entry, long planned) {
        assertThat(entry.ramBytes())
                .as("ramBytes of %s", entry.name())
                .isBetween(planned, planned + planned / 50 + 10_000_000);
    }

    private static MemoryPlan plan(Path file) throws IOException {
        Machine machine = new Machine(8, 1L << 40, ScalarKernels::new, InstantSource.system());
        RunOptions options =
                new RunOptions(Optional.empty(), Optional.of(CONTEXT), Optional.empty());
        ModelCard.Names names = new ModelCard.Names("shape", List.of());
        return ModelBackend.outline(file, names, options, machine).memory();
    }

    private static Map<String, ModelShape> shapes() {
        int tekken = 131_072;
        Heads few = new Heads(32, 8, 128);
        Heads more = new Heads(48, 8, 128);
        Heads most = new Heads(96, 8, 128);
        ModelShape three = new ModelShape("mistral3", 26, 3072, few, 9216, tekken, Extra.TIED);
        ModelShape eight = new ModelShape("mistral3", 34, 4096, few, 14_336, tekken, Extra.NONE);
        ModelShape nemo = new ModelShape("llama", 40, 5120, few, 14_336, tekken, Extra.NONE);
        ModelShape fourteen = new ModelShape("mistral3", 40, 5120, few, 16_384, tekken, Extra.NONE);
        ModelShape small = new ModelShape("llama", 40, 5120, few, 32_768, tekken, Extra.NONE);
        ModelShape large = new ModelShape("mistral3", 88, 12_288, most, 28_672, tekken, Extra.NONE);
        Map<String, ModelShape> shapes = new HashMap<>();
        for (String use : List.of("", "-reasoning")) {
            shapes.put("ministral-3-3b" + use, three);
            shapes.put("ministral-3-8b" + use, eight);
            shapes.put("ministral-3-14b" + use, fourteen);
        }
        shapes.put("shieldstral-3b", three);
        shapes.put("mistral-nemo-12b", nemo);
        shapes.put("pixtral-12b", nemo);
        shapes.put("mistral-small-3.2-24b", small);
        shapes.put("magistral-small-1.2-24b", small);
        shapes.put("devstral-small-2-24b", small);
        shapes.put("mistral-medium-3.5-128b", large);
        shapes.put("devstral-2-123b", large);
        shapes.put(
                "mistral-7b-v0.3",
                new ModelShape("llama", 32, 4096, few, 14_336, 32_768, Extra.NONE));
        shapes.put(
                "codestral-22b",
                new ModelShape("llama", 56, 6144, more, 16_384, 32_768, Extra.NONE));
        shapes.put(
                "mixtral-8x7b",
                new ModelShape("llama", 32, 4096, few, 14_336, 32_000, Extra.experts(8, 2)));
        shapes.put(
                "mixtral-8x22b",
                new ModelShape("llama", 56, 6144, more, 16_384, 32_768, Extra.experts(8, 2)));
        shapes.put(
                "mistral-small-4",
                new ModelShape("mistral4", 36, 4096, few, 2048, tekken, Extra.latent(128, 4)));
        return shapes;
    }
}
