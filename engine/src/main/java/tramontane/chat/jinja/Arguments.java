package tramontane.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The arguments of a call. After {@link #bind}, all of them have names. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** Gives the positional arguments the names of {@code parameters}, like Python. */
    Arguments bind(String function, List<String> parameters) {
        if (positional.size() > parameters.size()) {
            throw TemplateException.failed(
                    function
                            + "() takes at most "
                            + parameters.size()
                            + " arguments, "
                            + positional.size()
                            + " given");
        }
        Map<String, Object> bound = new LinkedHashMap<>();
        for (int i = 0; i < positional.size(); i++) {
            bound.put(parameters.get(i), positional.get(i));
        }
        named.forEach((name, value) -> {
            if (!parameters.contains(name)) {
                throw TemplateException.failed(function + "() has no parameter '" + name + "'");
            }
            if (bound.put(name, value) != null) {
                throw TemplateException.failed(function + "() got '" + name + "' twice");
            }
        });
        return new Arguments(List.of(), bound);
    }

    boolean has(String name) {
        return named.containsKey(name);
    }

    Object get(String name, Object fallback) {
        return named.getOrDefault(name, fallback);
    }

    Object required(String name) {
        Object value = named.get(name);
        if (value == null) {
            throw TemplateException.failed("missing argument '" + name + "'");
        }
        return value;
    }

    Text text(String name) {
        return Values.text(required(name), name);
    }

    Text text(String name, String fallback) {
        return has(name) ? text(name) : Text.trusted(fallback);
    }

    int number(String name, int fallback) {
        return has(name) ? Values.number(required(name), name) : fallback;
    }

    boolean flag(String name, boolean fallback) {
        return has(name) ? Values.isTrue(required(name)) : fallback;
    }
}
