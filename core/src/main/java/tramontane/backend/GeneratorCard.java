package tramontane.backend;

import java.util.Optional;
import tramontane.api.ModelCard;
import tramontane.chat.dialect.Dialect;
import tramontane.engine.MemoryPlan;
import tramontane.engine.ModelText;
import tramontane.kernel.Kernels;
import tramontane.model.ModelConfig;

/**
 * What the card of a model that generates text is made of.
 *
 * @param vision true if it has an image encoder
 */
record GeneratorCard(
        ModelCard.Names names, long created, MemoryPlan plan, ModelText text, boolean vision) {
    private static final double DEFAULT_TEMPERATURE = 0.7;

    ModelCard on(ModelConfig config, Kernels kernels) {
        return new ModelCard(
                names.id(),
                created,
                plan.context(),
                names.aliases(),
                DEFAULT_TEMPERATURE,
                new ModelCard.Abilities(
                        text.template().isPresent(),
                        text.dialect().flatMap(Dialect::thinking).isPresent(),
                        text.tokenizer().supportsFim(),
                        text.template().isPresent() && vision,
                        0),
                Optional.of(config.architecture().ggufName() + " on " + kernels.name()));
    }
}
