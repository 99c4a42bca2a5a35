package tramontane.server;

import java.util.Optional;

/** The version of this program. */
final class ProductVersion {
    private ProductVersion() {}

    /** The version is stored in the jar; classes run from a directory have none. */
    static String number() {
        return Optional.ofNullable(ProductVersion.class.getPackage().getImplementationVersion())
                .orElse("(unpackaged)");
    }
}
