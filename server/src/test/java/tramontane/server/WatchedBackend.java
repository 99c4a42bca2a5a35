package tramontane.server;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Completion;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** The tiny model, whose answers a test sees before the server does. */
final class WatchedBackend {
    private WatchedBackend() {}

    /**
     * @param parallel answers at once
     * @param watched what the server gets for an answer of the engine
     */
    static ServerUnderTest.Opening of(int parallel, UnaryOperator<Completion> watched) {
        return (directory, machine) -> open(directory, machine, parallel, watched);
    }

    private static Backend open(
            Path directory, Machine machine, int parallel, UnaryOperator<Completion> watched)
            throws IOException {
        Backend real =
                ModelBackend.load(
                        TinyModel.of(Architecture.LLAMA).write(directory.resolve("tiny.gguf")),
                        new ModelCard.Names("tiny", List.of()),
                        new RunOptions(Optional.of(2), Optional.empty(), Optional.of(parallel)),
                        machine);
        return (Backend)
                Proxy.newProxyInstance(
                        Backend.class.getClassLoader(),
                        new Class<?>[] {Backend.class},
                        (_, method, arguments) -> {
                            Object result = method.invoke(real, arguments);
                            return result instanceof Completion answer
                                    ? watched.apply(answer)
                                    : result;
                        });
    }
}
