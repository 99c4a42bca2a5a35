package tramontane.kernel.vector;

import java.util.Optional;

/**
 * The module of the Vector API. The JVM loads it at its start only with a flag, which the launchers
 * do not give: with an incubating module among its first ones, the JVM cannot take its modules and
 * linked classes from the start cache (jdk.internal.module.ModuleBootstrap), which costs a third of
 * the processor time of a start. So the module is loaded when it is needed, in the same way as the
 * JDK loads the modules of Java agents.
 */
public final class VectorModule {
    private static final String NAME = "jdk.incubator.vector";

    private VectorModule() {}

    /** Loads the module if it is not there yet. Returns why it cannot be, if that is so. */
    public static Optional<String> refusal() {
        return isThere() || Late.LOADED
                ? Optional.empty()
                : Optional.of(
                        "the module "
                                + NAME
                                + " is missing; start Java with --add-modules "
                                + NAME);
    }

    private static boolean isThere() {
        return ModuleLayer.boot().findModule(NAME).isPresent();
    }

    /** The class is initialized once, so the module is loaded once. */
    private static final class Late {
        private static final boolean LOADED = load();

        private static boolean load() {
            try {
                // Needs --add-exports java.base/jdk.internal.module=ALL-UNNAMED.
                Object unused =
                        Class.forName("jdk.internal.module.Modules")
                                .getMethod("loadModule", String.class)
                                .invoke(null, NAME);
                return true;
            } catch (ReflectiveOperationException notAllowed) {
                return false;
            }
        }
    }
}
