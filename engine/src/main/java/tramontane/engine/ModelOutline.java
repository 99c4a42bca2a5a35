package tramontane.engine;

import tramontane.gguf.GgufFile;
import tramontane.model.ModelConfig;

/**
 * What the header of a model file says about the model. Weights are not read, so this takes little
 * memory and a fraction of the time of loading.
 *
 * @param plan the memory that the model takes once it is loaded
 */
public record ModelOutline(ModelConfig config, MemoryPlan plan, ModelText text) {
    /**
     * Takes what the header of an open file says. The options are those that the model would be
     * loaded with.
     *
     * @throws tramontane.gguf.GgufException when the file is broken, or changes while it is read
     * @throws tramontane.model.ModelException when the model cannot run here, or does not fit into
     *     the memory
     */
    public static ModelOutline of(GgufFile file, LoadedModel.Options options) {
        ModelConfig config = ModelConfig.of(file);
        ModelOutline outline =
                new ModelOutline(
                        config,
                        LoadedModel.plan(file, config, options),
                        ModelText.of(file.metadata(), options.template()));
        file.checkUnchanged();
        return outline;
    }
}
