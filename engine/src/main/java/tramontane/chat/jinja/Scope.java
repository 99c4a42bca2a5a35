package tramontane.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Variables of a template, a loop's turn or a macro's call; what is not here is looked for in the
 * scope around it.
 */
final class Scope {
    private final Optional<Scope> outer;
    private final Map<String, Object> variables = new HashMap<>();

    Scope(Optional<Scope> outer) {
        this.outer = outer;
    }

    Scope inner() {
        return new Scope(Optional.of(this));
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }

    Set<String> names() {
        return variables.keySet();
    }

    Optional<Object> get(String name) {
        Optional<Scope> scope = Optional.of(this);
        while (scope.isPresent()) {
            Object value = scope.get().variables.get(name);
            if (value != null) {
                return Optional.of(value);
            }
            scope = scope.get().outer;
        }
        return Optional.empty();
    }
}
