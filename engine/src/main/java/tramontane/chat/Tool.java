package tramontane.chat;

import java.util.Map;

/** A function that the model may call. {@code parameters} is a JSON Schema in plain values. */
public record Tool(
        String name, String description, Map<String, Object> parameters, boolean strict) {}
