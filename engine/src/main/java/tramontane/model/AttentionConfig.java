package tramontane.model;

import java.util.Optional;
import tramontane.kernel.AttentionShape;

/**
 * The attention of a model.
 *
 * @param global the shape of layers that see all positions
 * @param local the shape of layers that see a window
 * @param globalEvery one of {@code globalEvery} layers is global; 1 if all are
 * @param latent the sizes of latent attention, if the model has it; then {@code global} is the
 *     shape of the cached rows
 */
record AttentionConfig(
        AttentionShape global,
        AttentionShape local,
        int globalEvery,
        RopeConfig rope,
        Optional<RopeConfig> separateLocalRope,
        Temperature growth,
        Optional<LatentConfig> latent) {
    /**
     * The growth of the queries with the position (Llama 4, Ministral 3).
     *
     * @param scale 0 for none
     * @param context positions before the growth starts
     */
    record Temperature(double scale, int context) {}

    AttentionShape shape(boolean isLocal) {
        return isLocal ? local : global;
    }

    boolean isLocal(int layer) {
        return local.window() > 0 && (globalEvery == 1 || (layer + 1) % globalEvery != 0);
    }

    boolean hasLocalRope() {
        return separateLocalRope.isPresent();
    }

    RopeConfig localRope() {
        return separateLocalRope.orElse(rope);
    }

    /** The factor of a query at {@code position}: 1 + scale * ln(floor(position / context) + 1). */
    float temperature(int position) {
        if (growth.scale == 0) {
            return 1;
        }
        return (float) (1 + growth.scale * StrictMath.log(position / growth.context + 1));
    }
}
