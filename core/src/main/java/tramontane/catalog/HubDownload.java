package tramontane.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Downloads one file from a model hub into a {@link PartFile}. A broken connection is resumed where
 * it broke, if the hub still has the same content.
 */
final class HubDownload {
    private static final int MAX_ATTEMPTS_WITHOUT_PROGRESS = 5;
    private static final int BUFFER_BYTES = 1 << 16;

    private final HubConnection connection = new HubConnection();
    private final PullSettings settings;
    private final Consumer<PullProgress> progress;

    HubDownload(PullSettings settings, Consumer<PullProgress> progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /** Downloads the file, and returns the sum that the hub gives for it, if any. */
    Optional<String> fetch(
            PullSettings.Hub hub, ModelSource.HubFile file, PullTarget target, PartFile part)
            throws IOException {
        int idleAttempts = 0;
        while (true) {
            long before = part.size();
            try {
                return attempt(hub, file, target, part);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw PullException.brokenOff("cancelled after " + part.size() + " bytes", e);
            } catch (IOException e) {
                idleAttempts = part.size() > before ? 0 : idleAttempts + 1;
                giveUpIfHopeless(e, idleAttempts, hub, part);
                progress.accept(
                        new PullProgress(PullProgress.Phase.RETRYING, describe(e), part.size(), 0));
                pause(idleAttempts, part);
            }
        }
    }

    private static void giveUpIfHopeless(
            IOException e, int idleAttempts, PullSettings.Hub hub, PartFile part)
            throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw PullException.brokenOff("cancelled after " + part.size() + " bytes", e);
        }
        boolean unreachable =
                e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
        if (unreachable && part.size() == 0) {
            throw PullException.unreachable("cannot reach " + hub.base().getHost(), e);
        }
        if (idleAttempts >= MAX_ATTEMPTS_WITHOUT_PROGRESS) {
            String message =
                    hub.base().getHost()
                            + " failed "
                            + idleAttempts
                            + " times in a row ("
                            + describe(e)
                            + ")";
            throw part.size() == 0
                    ? new PullException(message, e)
                    : PullException.brokenOff(message, e);
        }
    }

    private void pause(int idleAttempts, PartFile part) throws IOException {
        try {
            Thread.sleep(settings.retryPause().multipliedBy(1L << idleAttempts));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw PullException.brokenOff("cancelled after " + part.size() + " bytes", e);
        }
    }

    private Optional<String> attempt(
            PullSettings.Hub hub, ModelSource.HubFile file, PullTarget target, PartFile part)
            throws IOException, InterruptedException {
        progress.accept(
                new PullProgress(
                        PullProgress.Phase.CONNECTING, hub.base().getHost(), part.size(), 0));
        boolean mayResume =
                part.origin().source().equals(file.spec()) && !part.origin().version().isEmpty();
        long start = mayResume ? part.size() : 0;
        HubConnection.Answer answer = connection.open(hub, file, start);
        if (start > 0
                && !(answer.start() == start && answer.version().equals(part.origin().version()))) {
            // The content has changed meanwhile, or the hub does not support ranges.
            answer.body().close();
            answer = connection.open(hub, file, 0);
        }
        try (InputStream body = answer.body()) {
            checkSize(answer, target);
            DiskSpace.require(part.path(), answer.total() - answer.start());
            if (answer.start() == 0) {
                part.restart(new PartFile.Origin(file.spec(), answer.version(), 0, 0));
            } else {
                part.resume(answer.start());
            }
            copy(body, answer.total(), file.spec(), part);
        } finally {
            part.flush();
        }
        return answer.sha256();
    }

    private static void checkSize(HubConnection.Answer answer, PullTarget target) {
        if (target.bytes().isPresent() && target.bytes().getAsLong() != answer.total()) {
            throw new PullException(
                    "the hub's file has %,d bytes, the catalogue's has %,d"
                            .formatted(answer.total(), target.bytes().getAsLong()));
        }
    }

    private void copy(InputStream body, long total, String spec, PartFile part) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long done = part.size();
        try (StallGuard guard = new StallGuard(body, settings.stallTimeout())) {
            while (done < total) {
                int count = body.read(buffer, 0, (int) Math.min(buffer.length, total - done));
                if (count < 0) {
                    throw new IOException(
                            "the connection ended after " + done + " of " + total + " bytes");
                }
                guard.passed(count);
                part.write(buffer, count);
                done += count;
                progress.accept(
                        new PullProgress(PullProgress.Phase.DOWNLOADING, spec, done, total));
            }
        }
    }

    private static String describe(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
