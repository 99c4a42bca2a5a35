package tramontane.server;

import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tramontane.ledger.UsageQuery;
import tramontane.store.Database;

/** {@code usage}: sums the ledger. */
@Command(
        name = "usage",
        description = {
            "Requests and tokens in the ledger, summed by key, model and day.",
            "",
            "It may run while the server does. Days are in UTC.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane usage",
            "  ./tramontane usage --by key --since 30d",
            "  ./tramontane usage --by key,day --since 2026-11-01 --until 2026-11-30 --format csv",
        })
final class ShowUsage implements Callable<Integer> {
    @Mixin private LedgerAddress address = new LedgerAddress();

    @Option(
            names = "--by",
            paramLabel = "GROUPS",
            description = "Any of key, model and day, with commas between (default: day,model).")
    private String by = "day,model";

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description =
                    "Requests from then on: a day such as 2026-11-29, or how long ago, such as 7d or 12h"
                            + " (default: all).")
    private Optional<String> since = Optional.empty();

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = "Requests up to then; a day is included (default: now).")
    private Optional<String> until = Optional.empty();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "table, json or csv (default: table).")
    private String format = "table";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        UsageFormat shape =
                Arrays.stream(UsageFormat.values())
                        .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(format))
                        .findFirst()
                        .orElseThrow(() -> wrong("--format is table, json or csv, not " + format));
        long from = since.map(each -> moment("--since", each).start()).orElse(0L);
        long to = until.map(each -> moment("--until", each).end()).orElse(Long.MAX_VALUE);
        if (from >= to) {
            throw wrong(
                    "--since " + since.orElse("") + " is not before --until " + until.orElse(""));
        }
        UsageQuery query = new UsageQuery(groups(), from, to);
        Database database = address.open(UserFiles.ofThisUser(), System.getenv());
        PrintWriter out = spec.commandLine().getOut();
        try {
            shape.print(query, query.run(database), out);
        } catch (SQLException e) {
            throw new Complaint("cannot read " + database.url() + ": " + e.getMessage());
        }
        out.flush();
        return 0;
    }

    private List<UsageQuery.Group> groups() {
        Set<UsageQuery.Group> groups = EnumSet.noneOf(UsageQuery.Group.class);
        List<UsageQuery.Group> inOrder = new ArrayList<>();
        for (String name : by.split(",", -1)) {
            UsageQuery.Group group =
                    Arrays.stream(UsageQuery.Group.values())
                            .filter(each -> each != UsageQuery.Group.NAME)
                            .filter(each -> each.title().equals(name.strip()))
                            .findFirst()
                            .orElseThrow(() ->
                                    wrong(
                                            "--by is a list of key, model and day; '"
                                                    + name.strip()
                                                    + "' is none of them"));
            if (groups.add(group)) {
                inOrder.add(group);
            }
            if (group == UsageQuery.Group.KEY && groups.add(UsageQuery.Group.NAME)) {
                inOrder.add(UsageQuery.Group.NAME);
            }
        }
        return inOrder;
    }

    private Moment moment(String option, String text) {
        return Moment.parse(text, Instant.now())
                .orElseThrow(() ->
                        wrong(
                                option
                                        + " is a day such as 2026-11-29, or how long ago, such as 7d or 12h; not "
                                        + text));
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
