package tramontane.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The variable {@code self}: the blocks of a template, which calls render. */
record Blocks(Map<String, List<Statement>> bodies, Scope outermost) {
    Optional<Object> member(String name) {
        return Optional.ofNullable(bodies.get(name))
                .map(body -> (Callable) (in, _) -> in.capture(body, outermost.inner()));
    }
}
