package tramontane.endpoint;

import java.io.IOException;
import tramontane.api.ApiException;

/**
 * The way into the server for requests with a body. There is one, so that its bounds hold for all
 * paths together.
 */
public final class Intake {
    private final Limits limits;
    private final InFlight inFlight;
    private final BodyBudget bodies;
    private final ParsingTurns turns;

    /**
     * @param cores that small bodies may be parsed on at the same time
     */
    public Intake(Limits limits, InFlight inFlight, int cores) {
        this.limits = limits;
        this.inFlight = inFlight;
        this.bodies = new BodyBudget(limits.bodiesBytes(), limits.bodyTime());
        this.turns = new ParsingTurns(cores);
    }

    /** What is made of a body: parsing, rendering and tokenizing all belong here. */
    @FunctionalInterface
    interface Reading<T> {
        T of(byte[] body) throws ApiException, IOException, InterruptedException;
    }

    Limits limits() {
        return limits;
    }

    Visit visit(Exchange exchange) {
        return new Visit(exchange);
    }

    /**
     * One request, from its first byte to the end of its answer. It holds the memory of its body
     * until then, because what was parsed from it is still referred to.
     */
    final class Visit implements AutoCloseable {
        private final Exchange exchange;
        private final BodyBudget.Share share = bodies.share();
        private boolean answering;

        private Visit(Exchange exchange) {
            this.exchange = exchange;
        }

        /**
         * Receives the body, takes a place for an answer, and reads the body when it is its turn.
         */
        <T> T read(Reading<T> reading) throws ApiException, IOException, InterruptedException {
            return inTurn(exchange.body(limits, share), reading);
        }

        private <T> T inTurn(byte[] body, Reading<T> reading)
                throws ApiException, IOException, InterruptedException {
            answering = inFlight.beginAnswer();
            if (!answering) {
                throw exchange.unavailable("too many requests are in flight");
            }
            try (ParsingTurns.Turn turn = turns.take(body.length)) {
                return reading.of(body);
            }
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
