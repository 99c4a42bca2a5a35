package tramontane.model;

import java.util.Optional;
import tramontane.kernel.AttentionShape;

/**
 * The attention of a model.
 *
 * @param global the shape of layers that see all positions
 * @param local the shape of layers that see a window
 * @param globalEvery one of {@code globalEvery} layers is global; 1 if all are
 * @param temperatureScale growth of the queries with the position (Llama 4, Ministral 3); 0 for
 *     none
 * @param temperatureContext positions before the growth starts
 */
record AttentionConfig(
        AttentionShape global,
        AttentionShape local,
        int globalEvery,
        RopeConfig rope,
        Optional<RopeConfig> separateLocalRope,
        double temperatureScale,
        int temperatureContext) {
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
        if (temperatureScale == 0) {
            return 1;
        }
        return (float) (1 + temperatureScale * StrictMath.log(position / temperatureContext + 1));
    }
}
