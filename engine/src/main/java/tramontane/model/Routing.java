package tramontane.model;

import tramontane.gguf.GgufMetadata;

/**
 * How the logits of a router become the experts of a token and their weights.
 *
 * @param sigmoid whether a score is the sigmoid of its logit; otherwise it is the softmax
 * @param normalised whether the weights of a token are divided by their sum
 * @param scale factor of all weights
 * @param groups equal parts of the experts, of which the best are searched; 1 for all experts
 * @param groupsUsed parts that are searched
 */
record Routing(boolean sigmoid, boolean normalised, float scale, int groups, int groupsUsed) {
    /** Softmax, of which the chosen experts are divided by their sum. */
    static final Routing SOFTMAX = new Routing(false, true, 1, 1, 1);

    private static final int GGUF_SOFTMAX = 1;
    private static final int GGUF_SIGMOID = 2;
    private static final int MAX_GROUPS = 64;

    /**
     * Reads what a file says of its experts' scores.
     *
     * @param prefix the name of the architecture
     */
    static Routing of(GgufMetadata metadata, String prefix, int experts, int used) {
        int gating = metadata.findInt(prefix + ".expert_gating_func").orElse(GGUF_SOFTMAX);
        if (gating != GGUF_SOFTMAX && gating != GGUF_SIGMOID) {
            throw new ModelException(
                    prefix + ".expert_gating_func is " + gating + ", known are 1 and 2");
        }
        float scale = (float) metadata.findFloat(prefix + ".expert_weights_scale").orElse(0);
        int groups = metadata.findInt(prefix + ".expert_group_count").orElse(1);
        int groupsUsed = metadata.findInt(prefix + ".expert_group_used_count").orElse(groups);
        if (groups < 1
                || groups > MAX_GROUPS
                || experts % groups != 0
                || groupsUsed < 1
                || groupsUsed > groups
                || groups > 1 && experts / groups < 2
                || experts / groups * groupsUsed < used) {
            throw new ModelException(
                    used
                            + " experts cannot be chosen from "
                            + groupsUsed
                            + " of "
                            + groups
                            + " groups of "
                            + experts
                            + " experts");
        }
        return new Routing(
                gating == GGUF_SIGMOID,
                metadata.findBool(prefix + ".expert_weights_norm").orElse(false),
                scale == 0 ? 1 : scale,
                groups,
                groupsUsed);
    }
}
