package tramontane.bench.quality;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * Counts right answers by mode, and pairs each constrained answer with the free one to the same
 * task.
 */
record Summary(QualityRun.Plan plan, Function<Mode, Function<Task, Optional<Answer>>> answers) {

    /** Counts the tasks of a group and the right answers to them. */
    private static final class Tally {
        private int right;
        private int of;

        void add(boolean exact) {
            right += exact ? 1 : 0;
            of++;
        }

        @Override
        public String toString() {
            return right + "/" + of;
        }
    }

    ObjectNode toJson(String engine) {
        ObjectNode json = Slot.JSON.objectNode().put("engine", engine);
        json.put("model", plan.model()).put("temperature", plan.temperature());
        ObjectNode modes = json.putObject("modes");
        for (Mode mode : plan.modes()) {
            ObjectNode one = mode(mode);
            if (one.path("of").asInt() > 0) {
                modes.set(mode.label(), one);
            }
        }
        return json;
    }

    private ObjectNode mode(Mode mode) {
        Tally all = new Tally();
        int fields = 0;
        int rightFields = 0;
        Map<String, Tally> kinds = new TreeMap<>();
        Map<String, Tally> languages = new TreeMap<>();
        Map<String, Integer> finish = new TreeMap<>();
        List<Task> tasks = plan.tasks();
        for (Task task : tasks) {
            Optional<Answer> answer = answers.apply(mode).apply(task);
            if (answer.isPresent()) {
                Score score = mode.score(task, answer.get());
                all.add(score.exact());
                kinds.computeIfAbsent(task.kind().label(), k -> new Tally()).add(score.exact());
                languages
                        .computeIfAbsent(task.language().code(), k -> new Tally())
                        .add(score.exact());
                fields += score.fields();
                rightFields += score.rightFields();
                finish.merge(answer.get().finishReason(), 1, Integer::sum);
            }
        }
        ObjectNode json = Slot.JSON.objectNode().put("right", all.right).put("of", all.of);
        json.put("rightFields", rightFields).put("fields", fields);
        if (mode != Mode.TEXT) {
            versusText(mode).ifPresent(pairs -> json.set("versusText", pairs));
        }
        cost(mode, json);
        json.set("finish", Slot.JSON.objectNode());
        finish.forEach((reason, count) -> json.withObject("/finish").put(reason, count));
        kinds.forEach((kind, tally) -> json.withObject("/kinds").put(kind, tally.toString()));
        languages.forEach(
                (code, tally) -> json.withObject("/languages").put(code, tally.toString()));
        return json;
    }

    private void cost(Mode mode, ObjectNode json) {
        double nats = 0;
        int scored = 0;
        int overruled = 0;
        int tokens = 0;
        for (Task task : plan.tasks()) {
            Optional<Answer> answer = answers.apply(mode).apply(task);
            tokens += answer.map(Answer::tokens).orElse(0);
            Optional<MaskCost> cost = answer.flatMap(Answer::cost);
            nats += cost.map(MaskCost::nats).orElse(0.0);
            scored += cost.map(MaskCost::tokens).orElse(0);
            overruled += cost.map(MaskCost::overruled).orElse(0);
        }
        json.put("tokens", tokens);
        if (scored > 0) {
            json.put("natsPerToken", rounded(nats / scored));
            json.put("overruledPercent", rounded(100.0 * overruled / scored));
        }
    }

    private Optional<ObjectNode> versusText(Mode mode) {
        int won = 0;
        int lost = 0;
        int pairs = 0;
        for (Task task : plan.tasks()) {
            Optional<Answer> free = answers.apply(Mode.TEXT).apply(task);
            Optional<Answer> bound = answers.apply(mode).apply(task);
            if (free.isPresent() && bound.isPresent()) {
                boolean freeRight = Mode.TEXT.score(task, free.get()).exact();
                boolean boundRight = mode.score(task, bound.get()).exact();
                pairs++;
                won += boundRight && !freeRight ? 1 : 0;
                lost += freeRight && !boundRight ? 1 : 0;
            }
        }
        return pairs == 0
                ? Optional.empty()
                : Optional.of(
                        Slot.JSON
                                .objectNode()
                                .put("won", won)
                                .put("lost", lost)
                                .put("p", significant(SignTest.twoSided(won, lost))));
    }

    /** Rounded to two digits that count. */
    private static double significant(double value) {
        return new BigDecimal(value).round(new MathContext(2)).doubleValue();
    }

    private static double rounded(double value) {
        return Math.round(value * 10_000) / 10_000.0;
    }
}
