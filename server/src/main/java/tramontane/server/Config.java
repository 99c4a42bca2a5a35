package tramontane.server;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tramontane.config.ConfigFile;
import tramontane.config.Configuration;

/** {@code config}: prints the settings in force. */
@Command(
        name = "config",
        description = {
            "Print every setting of serve with its value and where it comes from, in TOML.",
            "",
            "Values come from the file, then from variables of the environment, then from flags; later ones replace"
                    + " earlier ones. docs/CONFIGURATION.md describes all settings.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        modelTransformer = SettingOptions.OfConfig.class,
        footer = {
            "",
            "Examples:",
            "  ./tramontane config",
            "  ./tramontane config --config my.toml --check     is the file valid? exit status 0 or 1",
            "  ./tramontane config --port 9000                  what serve --port 9000 would use",
        })
final class Config implements Callable<Integer> {
    private static final int ORIGIN_COLUMN = 56;

    @Option(
            names = "--check",
            description = "Print only faults; the exit status is 1 if there are any.")
    private boolean check;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        Configuration configuration = SettingOptions.read(spec, System.getenv());
        PrintWriter out = spec.commandLine().getOut();
        warn(configuration, spec.commandLine().getErr());
        if (check) {
            new SettingsCheck(UserFiles.ofThisUser(), System.getenv(), out)
                    .runWithHeaders(configuration, ThisMachine.forHeaders());
            out.println("The configuration is valid.");
        } else {
            print(configuration.lines(), out);
        }
        out.flush();
        return 0;
    }

    private static void print(List<Configuration.Line> lines, PrintWriter out) {
        for (Configuration.Line line : lines) {
            String setting =
                    line.hasValue()
                            ? line.setting().key() + " = " + line.value()
                            : "# " + line.setting().key() + ": " + line.value();
            out.println(
                    setting
                            + " ".repeat(Math.max(1, ORIGIN_COLUMN - setting.length()))
                            + "# "
                            + line.origin());
        }
    }

    /** Warns of what is valid and yet unsafe, or probably not meant. */
    static void warn(Configuration configuration, PrintWriter err) {
        configuration.warnings().forEach(warning -> err.println("tramontane: " + warning));
        ConfigFile.exposedSecrets(configuration)
                .ifPresent(file ->
                        err.println(
                                "tramontane: "
                                        + file
                                        + " holds a secret, and every user of this machine can read it; chmod 600 "
                                        + file));
    }
}
