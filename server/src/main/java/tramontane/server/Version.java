package tramontane.server;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Says which version this is. */
@Command(
        name = "version",
        description = "Which version of Tramontane and of Java this is.",
        sortOptions = false)
final class Version implements Runnable, IVersionProvider {
    @Override
    public void run() {
        System.out.println(getVersion()[0]);
    }

    @Override
    public String[] getVersion() {
        // The version is written into the jar; classes run from a folder have none.
        String version =
                Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                        .orElse("(unpackaged)");
        return new String[] {"tramontane " + version + ", Java " + Runtime.version()};
    }
}
