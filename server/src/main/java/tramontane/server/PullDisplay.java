package tramontane.server;

import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import tramontane.catalog.PullProgress;

/** Shows the progress of a pull: a bar in a terminal, otherwise one line per tenth. */
final class PullDisplay implements AutoCloseable {
    private static final long MIB = 1 << 20;
    private static final int BAR_WIDTH = 90;
    private static final int TENTHS = 10;

    private final String spec;
    private final PrintWriter out;
    private final boolean terminal = Terminal.isThere();
    private Optional<ProgressBar> bar = Optional.empty();
    private long tenth = -1;

    PullDisplay(String spec, PrintWriter out) {
        this.spec = spec;
        this.out = out;
    }

    void show(PullProgress progress) {
        switch (progress.phase()) {
            case CONNECTING -> say("Fetching " + spec + " from " + progress.detail());
            case DOWNLOADING -> advance(progress.bytesDone(), progress.bytesTotal());
            case RETRYING -> say("Trying again: " + progress.detail());
            case VERIFYING -> say("Verifying");
            case KEPT ->
                    say(
                            "A file was in the way and is now "
                                    + progress.detail()
                                    + "; delete it if you do not need it");
            case PART -> say(progress.detail());
            case NEXT_SOURCE -> say(progress.detail());
            case DONE -> say("Ready: " + progress.detail());
        }
    }

    private void say(String line) {
        close();
        out.println(line);
        out.flush();
    }

    private void advance(long done, long total) {
        if (terminal) {
            ProgressBar shown =
                    bar.orElseGet(() ->
                            new ProgressBarBuilder()
                                    .setTaskName(spec)
                                    .setUnit(" MiB", MIB)
                                    .setStyle(ProgressBarStyle.ASCII)
                                    .setMaxRenderedLength(BAR_WIDTH)
                                    .setInitialMax(total)
                                    .startsFrom(done, java.time.Duration.ZERO)
                                    .showSpeed()
                                    .build());
            bar = Optional.of(shown);
            shown.maxHint(total > 0 ? total : -1);
            shown.stepTo(done);
        } else if (total > 0 && done * TENTHS / total != tenth) {
            tenth = done * TENTHS / total;
            out.println(tenth * TENTHS + " % of " + total / MIB + " MiB");
            out.flush();
        }
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
        bar = Optional.empty();
    }
}
