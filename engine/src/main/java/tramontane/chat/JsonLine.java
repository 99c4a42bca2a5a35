package tramontane.chat;

/** Plain JSON values on one line, spelled as chat templates spell them. */
public final class JsonLine {
    private JsonLine() {}

    public static String of(Object value) {
        return TemplateValues.json(TemplateValues.plain(value)).toString();
    }
}
