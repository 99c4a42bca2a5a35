package tramontane.server;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The setting {@code alias}: NAME for the first model, NAME=MODEL for another one. */
final class Aliases {
    private Aliases() {}

    /**
     * The other names of each model, by its id.
     *
     * @param models their ids
     * @throws Complaint if an alias is empty, names no model, or is already used
     */
    static Map<String, List<String>> of(List<String> aliases, List<String> models)
            throws Complaint {
        Map<String, List<String>> names = new LinkedHashMap<>();
        models.forEach(model -> names.put(model, new ArrayList<>()));
        Set<String> taken = new HashSet<>(models);
        Faults faults = new Faults();
        for (String alias : aliases) {
            faults.check(() -> add(alias, models, names, taken));
        }
        faults.complain();
        return names;
    }

    private static void add(
            String alias, List<String> models, Map<String, List<String>> names, Set<String> taken)
            throws Complaint {
        int split = alias.indexOf('=', 1);
        String model = split < 0 ? models.getFirst() : alias.substring(split + 1);
        String name = split < 0 ? alias : alias.substring(0, split);
        if (name.isBlank()) {
            throw new Complaint("--alias " + alias + ": the name is empty");
        }
        checkServed("--alias " + alias, model, models);
        if (!taken.add(name)) {
            throw new Complaint("--alias " + alias + ": another model or alias has the name");
        }
        names.computeIfAbsent(model, _ -> new ArrayList<>()).add(name);
    }

    static void checkServed(String option, String model, List<String> models) throws Complaint {
        if (!models.contains(model)) {
            throw new Complaint(
                    option
                            + ": no model "
                            + model
                            + " is served, only "
                            + String.join(", ", models));
        }
    }
}
