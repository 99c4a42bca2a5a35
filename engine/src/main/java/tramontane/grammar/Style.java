package tramontane.grammar;

/**
 * How a text has spaced its JSON so far, to guess how it goes on. A guess is only ever a draft,
 * which the model confirms token by token; so it is enough that it is often right.
 *
 * @param colon behind the colon of a member
 * @param members between the members of objects
 * @param items between the items of arrays
 * @param unit columns of one level of indentation; 0 where a tab is one
 */
record Style(Space colon, Space members, Space items, int unit) {
    enum Space {
        NONE,
        BLANK,
        LINE
    }

    /** What models write most where nothing else is known. */
    static final Style USUAL = new Style(Space.BLANK, Space.BLANK, Space.BLANK, 2);

    /** The style after {@code label} was read in a gap. */
    Style after(GapNode gap, int label) {
        if (!gap.isBegun()) {
            return switch (gap.place()) {
                case COLON -> new Style(space(label), members, items, unit);
                case MEMBER -> new Style(colon, between(members, gap, label), items, unit);
                case ITEM -> new Style(colon, members, between(items, gap, label), unit);
                case OTHER -> this;
            };
        }
        if (label == '\t') {
            return new Style(colon, members, items, 0);
        }
        int depth = gap.depth();
        boolean whole = label != ' ' && depth > 0 && gap.columns() % depth == 0;
        return whole && unit > 0 && gap.columns() > 0
                ? new Style(colon, members, items, gap.columns() / depth)
                : this;
    }

    private static Space space(int label) {
        return label == ' ' ? Space.BLANK : label == '\n' ? Space.LINE : Space.NONE;
    }

    /** Behind the opening bracket, only a new line says something of what stands between. */
    private static Space between(Space before, GapNode gap, int label) {
        Space space = space(label);
        if (!gap.isEdge() || space == Space.LINE) {
            return space;
        }
        return before == Space.LINE ? Space.BLANK : before;
    }

    /** What is written in the gap next, or -1 where it ends. */
    int blank(GapNode gap) {
        if (gap.isBegun()) {
            int columns = gap.depth() * (unit == 0 ? GapNode.TAB : unit);
            return gap.columns() >= columns ? -1 : unit == 0 ? '\t' : ' ';
        }
        Space space =
                switch (gap.place()) {
                    case COLON -> colon;
                    case MEMBER -> members;
                    case ITEM -> items;
                    case OTHER -> Space.NONE;
                };
        return switch (gap.isEdge() && space == Space.BLANK ? Space.NONE : space) {
            case NONE -> -1;
            case BLANK -> ' ';
            case LINE -> '\n';
        };
    }
}
