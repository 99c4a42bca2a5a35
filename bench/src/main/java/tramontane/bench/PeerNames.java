package tramontane.bench;

import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Whom the ratios of a run compare with. */
final class PeerNames {
    private PeerNames() {}

    /** Such as {@code the faster of llama.cpp and ik_llama.cpp}; empty without a peer. */
    static String of(JsonNode run) {
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode model : run.path("models")) {
            for (JsonNode row : model.path("rows")) {
                // The first contestant is this project.
                for (int i = 1; i < row.path("contestants").size(); i++) {
                    names.add(row.path("contestants").path(i).path("name").asString());
                }
            }
        }
        return (names.size() > 1 ? "the faster of " : "") + String.join(" and ", names);
    }
}
