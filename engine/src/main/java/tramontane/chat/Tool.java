package tramontane.chat;

import java.util.Map;

/** A function the model may call; {@code parameters} is its JSON Schema as plain JSON values. */
public record Tool(
        String name, String description, Map<String, Object> parameters, boolean strict) {}
