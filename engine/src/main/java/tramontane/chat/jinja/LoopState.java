package tramontane.chat.jinja;

import java.util.List;
import java.util.Optional;

/** The {@code loop} variable. A loop has one, which advances with each iteration. */
final class LoopState implements Callable {
    private final List<Object> items;
    private final int depth;
    private final Callable recursion;
    private int index = -1;
    private Optional<Object> seen = Optional.empty();

    LoopState(List<Object> items, int depth, Callable recursion) {
        this.items = items;
        this.depth = depth;
        this.recursion = recursion;
    }

    boolean next() {
        return ++index < items.size();
    }

    Object item() {
        return items.get(index);
    }

    int length() {
        return items.size();
    }

    /** {@code loop(children)} in a recursive loop. */
    @Override
    public Object call(Interpreter in, Arguments arguments) {
        return recursion.call(in, arguments);
    }

    Optional<Object> attribute(String name) {
        Object value =
                switch (name) {
                    case "index" -> index + 1L;
                    case "index0" -> (long) index;
                    case "revindex" -> (long) items.size() - index;
                    case "revindex0" -> items.size() - index - 1L;
                    case "first" -> index == 0;
                    case "last" -> index == items.size() - 1;
                    case "length" -> (long) items.size();
                    case "depth" -> (long) depth;
                    case "depth0" -> depth - 1L;
                    case "previtem" -> neighbour(index - 1, "no previous item");
                    case "nextitem" -> neighbour(index + 1, "no next item");
                    case "cycle" -> (Callable) (_, arguments) -> cycle(arguments);
                    case "changed" -> (Callable) (in, arguments) -> changed(in, arguments);
                    default -> Undefined.attribute(this, name);
                };
        return Optional.of(value);
    }

    @Override
    public String toString() {
        return "<LoopContext " + (index + 1) + "/" + items.size() + ">";
    }

    private Object neighbour(int place, String missing) {
        return place >= 0 && place < items.size() ? items.get(place) : new Undefined(missing);
    }

    private Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw TemplateException.failed("no items for cycling given");
        }
        return arguments.positional().get(index % arguments.positional().size());
    }

    private Object changed(Interpreter in, Arguments arguments) {
        Object now = arguments.positional();
        boolean changed = seen.isEmpty() || !Comparison.equal(seen.get(), now, in.budget());
        seen = Optional.of(now);
        return changed;
    }
}
