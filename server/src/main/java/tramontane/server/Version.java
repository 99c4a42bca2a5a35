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
        return new String[] {"tramontane " + number() + ", Java " + Runtime.version()};
    }

    /** The version is stored in the jar; classes run from a directory have none. */
    static String number() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("(unpackaged)");
    }
}
