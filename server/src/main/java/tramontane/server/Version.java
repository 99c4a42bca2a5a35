package tramontane.server;

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
        return new String[] {
            "tramontane " + ProductVersion.number() + ", Java " + Runtime.version()
        };
    }
}
