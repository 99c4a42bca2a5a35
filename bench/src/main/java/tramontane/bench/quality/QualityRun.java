package tramontane.bench.quality;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ObjectNode;

/** Asks one engine all tasks in all modes, with as many requests at once as it takes. */
public final class QualityRun {
    /** Number of tasks after which the mode changes: a prompt repeats while it is cached. */
    private static final int BLOCK = 16;

    private static final int PROGRESS = 50;

    /**
     * What is asked.
     *
     * @param model the name in the report
     */
    public record Plan(
            String model, double temperature, long seed, List<Task> tasks, List<Mode> modes) {}

    private record Question(Task task, Mode mode) {}

    private final Plan plan;
    private final AnswerLog log;
    private final BooleanSupplier stopped;
    private final PrintStream out;

    /**
     * @param stopped asked before each request; once true, no more are sent
     */
    public QualityRun(Plan plan, AnswerLog log, BooleanSupplier stopped, PrintStream out) {
        this.plan = plan;
        this.log = log;
        this.stopped = stopped;
        this.out = out;
    }

    /** True if the log lacks answers of this engine. */
    public boolean isNeeded(String engine, List<Mode> modes) {
        return modes.stream()
                .anyMatch(mode ->
                        plan.tasks.stream()
                                .anyMatch(task -> log.get(key(engine, mode, task)).isEmpty()));
    }

    private AnswerLog.Key key(String engine, Mode mode, Task task) {
        return new AnswerLog.Key(engine, plan.model, mode, plan.temperature, task.id());
    }

    /** Sends the requests whose answers the log lacks. */
    public void run(Respondent respondent) throws IOException, InterruptedException {
        List<Question> questions = new ArrayList<>();
        for (int from = 0; from < plan.tasks.size(); from += BLOCK) {
            List<Task> block = plan.tasks.subList(from, Math.min(from + BLOCK, plan.tasks.size()));
            for (Mode mode : plan.modes) {
                for (Task task : block) {
                    boolean known = log.get(key(respondent.engine(), mode, task)).isPresent();
                    if (respondent.answers(mode) && !known) {
                        questions.add(new Question(task, mode));
                    }
                }
            }
        }
        List<Future<?>> pending = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(respondent.streams())) {
            for (Question question : questions) {
                pending.add(
                        callers.submit(() -> {
                            ask(respondent, question);
                            return question;
                        }));
            }
            for (int i = 0; i < pending.size(); i++) {
                await(pending.get(i), callers);
                if ((i + 1) % PROGRESS == 0) {
                    out.printf(
                            "%s %s at %s: %d of %d%n",
                            respondent.engine(),
                            plan.model,
                            plan.temperature,
                            i + 1,
                            questions.size());
                }
            }
        }
    }

    private static void await(Future<?> answer, ExecutorService callers)
            throws IOException, InterruptedException {
        try {
            answer.get();
        } catch (ExecutionException e) {
            callers.shutdownNow();
            throw new IOException(e.getCause());
        }
    }

    private void ask(Respondent respondent, Question question)
            throws IOException, InterruptedException {
        if (stopped.getAsBoolean()) {
            return;
        }
        ObjectNode body = question.mode.body(question.task).put("temperature", plan.temperature);
        if (plan.temperature == 0) {
            // Only a greedy answer shows what a mask cost: else chance, too, leaves the likeliest.
            body.put("logprobs", true).put("top_logprobs", 1);
        } else {
            body.put("random_seed", Math.floorMod(plan.seed, Integer.MAX_VALUE));
        }
        Answer answer = Answer.of(respondent.complete(body));
        log.add(key(respondent.engine(), question.mode, question.task), answer);
    }

    /** Counts the answers of this engine in the log. */
    public ObjectNode summary(String engine) {
        return new Summary(plan, mode -> task -> log.get(key(engine, mode, task))).toJson(engine);
    }
}
