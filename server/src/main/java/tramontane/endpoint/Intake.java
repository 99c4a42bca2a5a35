package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import tramontane.api.ApiException;

/**
 * Admits requests with a body. One instance serves all paths, so that its limits hold for all of
 * them together.
 */
public final class Intake {
    private volatile Limits limits;
    private final InFlight inFlight;
    private final BodyBudget bodies;
    private final ParsingTurns turns;

    /**
     * @param cores number of small bodies that may be parsed at the same time
     */
    public Intake(Limits limits, InFlight inFlight, int cores) {
        this.limits = limits;
        this.inFlight = inFlight;
        this.bodies = new BodyBudget(limits.bodiesBytes(), limits.bodyTime());
        this.turns = new ParsingTurns(cores);
    }

    /**
     * Processes a body: parsing, rendering and tokenizing belong here. Runs twice if the body has a
     * large schema.
     */
    @FunctionalInterface
    interface Reading<T> {
        T of(byte[] body) throws ApiException, IOException, InterruptedException;
    }

    /** Changes the times of requests that begin from now on; sizes stay. */
    public void changeTimes(Duration bodyTime, AnswerTimes times) {
        limits = limits.with(bodyTime, times);
    }

    Limits limits() {
        return limits;
    }

    Visit visit(Exchange exchange) {
        return new Visit(exchange);
    }

    /**
     * One request, from its first byte to the end of its answer. It holds the memory of its body
     * until then, since parsed values refer to it.
     */
    final class Visit implements AutoCloseable {
        private final Exchange exchange;
        private final BodyBudget.Share share = bodies.share();
        private boolean answering;

        private Visit(Exchange exchange) {
            this.exchange = exchange;
            exchange.writeTime(limits.times().write());
        }

        /** Receives the body, starts an answer, and processes the body when it is its turn. */
        <T> T read(Reading<T> reading) throws ApiException, IOException, InterruptedException {
            return inTurn(exchange.body(limits, share), reading);
        }

        private <T> T inTurn(byte[] body, Reading<T> reading)
                throws ApiException, IOException, InterruptedException {
            answering = inFlight.beginAnswer();
            if (!answering) {
                throw exchange.unavailable("too many requests are in flight");
            }
            return turns.read(body, reading);
        }

        @Override
        public void close() {
            share.close();
            if (answering) {
                inFlight.endAnswer();
            }
        }
    }
}
