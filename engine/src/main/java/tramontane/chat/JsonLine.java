package tramontane.chat;

/** Writes JSON values on one line, formatted like in chat templates. */
public final class JsonLine {
    private JsonLine() {}

    public static String of(Object value) {
        return TemplateValues.json(TemplateValues.plain(value)).toString();
    }
}
