package tramontane.server;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** An upstream whose answers begin and do not end before the test says so. */
final class HeldAnswers implements AutoCloseable {
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    final FaultyUpstream upstream = new FaultyUpstream(this::answer);

    private void answer(FaultyUpstream.Connection connection)
            throws IOException, InterruptedException {
        connection.stream();
        connection.data(
                "{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':null}],"
                        + "'usage':{'prompt_tokens':5,'completion_tokens':1}}");
        mayEnd.await();
        connection.end("stop");
    }

    /** Answers to later requests end at once; those that were begun still wait. */
    void holdNoMore() {
        upstream.then(FaultyUpstream.answering("a"));
    }

    /** Ends the answers. */
    void end() {
        mayEnd.countDown();
    }

    @Override
    public void close() throws IOException {
        end();
        upstream.close();
    }
}
