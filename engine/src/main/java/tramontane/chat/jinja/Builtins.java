package tramontane.chat.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of filters, tests or methods by name. Each is applied to a subject: the piped value, the
 * tested value or the receiver.
 */
final class Builtins {
    /** Replaces the parameters of a function that binds its arguments itself. */
    static final String ANY = "*";

    @FunctionalInterface
    interface Body {
        Object apply(Interpreter interpreter, Object subject, Arguments arguments);
    }

    record Builtin(String name, String parameters, Body body) {
        Object call(Interpreter interpreter, Object subject, Arguments arguments) {
            if (parameters.equals(ANY)) {
                return body.apply(interpreter, subject, arguments);
            }
            List<String> names = parameters.isEmpty() ? List.of() : List.of(parameters.split(" "));
            return body.apply(interpreter, subject, arguments.bind(name, names));
        }
    }

    private final Map<String, Builtin> byName = new HashMap<>();

    /** {@code parameters} are names separated by blanks. */
    Builtins add(String name, String parameters, Body body) {
        byName.put(name, new Builtin(name, parameters, body));
        return this;
    }

    Builtins alias(String alias, String name) {
        byName.put(alias, byName.get(name));
        return this;
    }

    Optional<Builtin> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
