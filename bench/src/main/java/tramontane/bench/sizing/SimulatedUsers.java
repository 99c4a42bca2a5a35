package tramontane.bench.sizing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The users of {@link MeasuredUsers} on a virtual clock, before one replica: the same times of
 * thinking and the same lengths. So the chance that a short measurement contains does not count as
 * an error of the simulation, as it would with users of {@link Simulation}.
 */
public final class SimulatedUsers {
    private record Asking(double time, int user, UserDraws.Next next) {}

    private final Scenario scenario;
    private final double requestSeconds;
    private final Replica replica;
    private final PriorityQueue<Asking> asking =
            new PriorityQueue<>(Comparator.comparingDouble(Asking::time));
    private final List<UserDraws> draws = new ArrayList<>();
    private final List<MeasuredUsers.Answered> answers = new ArrayList<>();

    private SimulatedUsers(Scenario scenario, double requestSeconds) {
        this.scenario = scenario;
        this.requestSeconds = requestSeconds;
        this.replica = new Replica(scenario.fleet().times(), this::complete);
    }

    /**
     * All answers to requests of the scenario's period.
     *
     * @param requestSeconds until a request is at the replica
     */
    public static List<MeasuredUsers.Answered> run(Scenario scenario, double requestSeconds) {
        return new SimulatedUsers(scenario, requestSeconds).run();
    }

    private List<MeasuredUsers.Answered> run() {
        for (int user = 0; user < scenario.users().count(); user++) {
            draws.add(new UserDraws(scenario, user));
            think(user, 0);
        }
        while (true) {
            double next =
                    asking.isEmpty()
                            ? Double.POSITIVE_INFINITY
                            : asking.element().time + requestSeconds;
            if (replica.next() < next) {
                replica.advance();
            } else if (asking.isEmpty()) {
                return answers;
            } else {
                ask(asking.remove());
            }
        }
    }

    private void think(int user, double now) {
        UserDraws.Next next = draws.get(user).next();
        double time = now + next.thinkSeconds();
        if (time <= scenario.period().end()) {
            asking.add(new Asking(time, user, next));
        }
    }

    private void ask(Asking each) {
        int prompt = each.next.promptTokens();
        replica.add(
                new SimulatedRequest(
                        each.time, each.user, 0, prompt, prompt, each.next.answerTokens(), 0),
                each.time + requestSeconds);
    }

    private void complete(SimulatedRequest request, double time) {
        if (request.arrival > scenario.period().warmUpSeconds()) {
            answers.add(
                    new MeasuredUsers.Answered(
                            request.firstToken - request.arrival,
                            time - request.arrival,
                            request.prompt,
                            request.answer));
        }
        think(request.user, time);
    }
}
