package tramontane.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.PackedMatrix;

/**
 * Reads the experts of a layer. Files have one tensor with the rows of all experts, one expert
 * after the other; files made before April 2024 have one tensor for each expert.
 *
 * <pre>
 * blk.N.ffn_gate_exps.weight    rows: expert 0, expert 1, ...
 * blk.N.ffn_gate.E.weight       expert E
 * </pre>
 */
record ExpertReader(
        GgufFile file, MatrixReader matrices, TensorReader tensors, ExpertConfig config) {
    static final String ROUTER = "ffn_gate_inp.weight";

    /**
     * @param prefix the name of the layer
     */
    Experts.Layer read(String prefix, int width) {
        int inner = config.feedForward();
        List<Linear> gates = all(prefix + "ffn_gate", inner, width);
        List<Linear> ups = all(prefix + "ffn_up", inner, width);
        List<Linear> downs = all(prefix + "ffn_down", width, inner);
        List<Experts.Expert> experts = new ArrayList<>();
        for (int i = 0; i < config.count(); i++) {
            experts.add(new Experts.Expert(gates.get(i), ups.get(i), downs.get(i)));
        }
        return new Experts.Layer(
                tensors.fp32Linear(prefix + ROUTER, config.count(), width), experts);
    }

    private List<Linear> all(String name, int outputs, int inputs) {
        Optional<TensorInfo> together = file.tensor(name + "_exps.weight");
        List<Linear> experts = new ArrayList<>();
        if (together.isPresent()) {
            long rows = (long) config.count() * outputs;
            PackedMatrix all = matrices.read(ModelConfig.shaped(together.get(), rows, inputs));
            int groups = outputs / PackedMatrix.GROUP_ROWS;
            for (int i = 0; i < config.count(); i++) {
                PackedMatrix one = all.slice(i * groups, (i + 1) * groups);
                experts.add(new Linear(one, Optional.empty()));
            }
        } else {
            for (int i = 0; i < config.count(); i++) {
                experts.add(tensors.linear(name + "." + i, outputs, inputs));
            }
        }
        return experts;
    }
}
