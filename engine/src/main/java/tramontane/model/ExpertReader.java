package tramontane.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;

/**
 * Reads the experts of a layer. Files have one tensor with the rows of all experts, one expert
 * after the other; files made before April 2024 have one tensor for each expert.
 *
 * <pre>
 * blk.N.ffn_gate_exps.weight    rows: expert 0, expert 1, ...
 * blk.N.ffn_gate.E.weight       expert E
 * </pre>
 */
record ExpertReader(GgufFile file, TensorReader tensors, ExpertConfig config) {
    static final String ROUTER = "ffn_gate_inp.weight";

    private static final Pattern EXPERT =
            Pattern.compile("blk\\.[0-9]+\\.ffn_(gate|up|down)(_exps|\\.[0-9]+)\\.weight");

    /** True for a tensor that only some tokens need. */
    static boolean isExpert(String name) {
        return EXPERT.matcher(name).matches();
    }

    /**
     * @param prefix the name of the layer
     */
    Experts.Layer read(String prefix, int width) {
        int inner = config.feedForward();
        List<TensorInfo> stacked = new ArrayList<>();
        List<Linear> gates = all(prefix + "ffn_gate", inner, width, stacked);
        List<Linear> ups = all(prefix + "ffn_up", inner, width, stacked);
        List<Linear> downs = all(prefix + "ffn_down", width, inner, stacked);
        List<Experts.Expert> experts = new ArrayList<>();
        for (int i = 0; i < config.count(); i++) {
            experts.add(
                    new Experts.Expert(
                            gates.get(i),
                            ups.get(i),
                            downs.get(i),
                            tensors.matrices().firstUse(stacked, i)));
        }
        return new Experts.Layer(
                tensors.fp32Linear(prefix + ROUTER, config.count(), width),
                tensors.optionalVector(prefix + "exp_probs_b.bias", config.count()),
                experts,
                config.shared() == 0 ? Optional.empty() : Optional.of(shared(prefix, width)));
    }

    private FeedForward.Layer shared(String prefix, int width) {
        return new FeedForward.Layer(
                tensors.linear(prefix + "ffn_gate_shexp", config.shared(), width),
                tensors.linear(prefix + "ffn_up_shexp", config.shared(), width),
                tensors.linear(prefix + "ffn_down_shexp", width, config.shared()),
                false);
    }

    /**
     * @param stacked gets the tensor of all experts, if the file has one
     */
    private List<Linear> all(String name, int outputs, int inputs, List<TensorInfo> stacked) {
        String all = name + "_exps";
        if (file.tensor(all + ".weight").isPresent()) {
            stacked.add(tensors.stacked(all, config.count(), outputs, inputs));
            return tensors.laterLinears(all, config.count(), outputs, inputs);
        }
        List<Linear> experts = new ArrayList<>();
        for (int i = 0; i < config.count(); i++) {
            experts.add(tensors.linear(name + "." + i, outputs, inputs));
        }
        return experts;
    }
}
