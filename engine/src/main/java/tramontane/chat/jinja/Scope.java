package tramontane.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The variables of a template, of an iteration or of a macro's call. Other variables are looked up
 * in the enclosing scope.
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
