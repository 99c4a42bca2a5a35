package tramontane.grammar.parser;

/**
 * The white space that a text has used in its JSON so far, to guess how it continues. A guess is
 * only a draft, which the model verifies token by token, so it only has to be right often.
 *
 * @param colon after the colon of a property
 * @param members between the properties of objects
 * @param items between the items of arrays
 * @param unit columns of one level of indentation; 0 if it is a tab
 */
record SpacingStyle(Space colon, Space members, Space items, int unit) {
    enum Space {
        NONE,
        BLANK,
        LINE
    }

    /** What models write most often. */
    static final SpacingStyle USUAL = new SpacingStyle(Space.BLANK, Space.BLANK, Space.BLANK, 2);

    /** The style after {@code label} was read in a gap. */
    SpacingStyle after(GapNode gap, int label) {
        if (!gap.isStarted()) {
            return switch (gap.gapKind()) {
                case COLON -> new SpacingStyle(space(label), members, items, unit);
                case MEMBER -> new SpacingStyle(colon, between(members, gap, label), items, unit);
                case ITEM -> new SpacingStyle(colon, members, between(items, gap, label), unit);
                case OTHER -> this;
            };
        }
        if (label == '\t') {
            return new SpacingStyle(colon, members, items, 0);
        }
        int depth = gap.depth();
        boolean whole = label != ' ' && depth > 0 && gap.columns() % depth == 0;
        return whole && unit > 0 && gap.columns() > 0
                ? new SpacingStyle(colon, members, items, gap.columns() / depth)
                : this;
    }

    private static Space space(int label) {
        return label == ' ' ? Space.BLANK : label == '\n' ? Space.LINE : Space.NONE;
    }

    /**
     * After the opening bracket, only a line feed says something about the white space between
     * items.
     */
    private static Space between(Space before, GapNode gap, int label) {
        Space space = space(label);
        if (!gap.isEdge() || space == Space.LINE) {
            return space;
        }
        return before == Space.LINE ? Space.BLANK : before;
    }

    /** The next byte of the gap in this style, or -1 if the gap ends. */
    int blank(GapNode gap) {
        if (gap.isStarted()) {
            int columns = gap.depth() * (unit == 0 ? GapNode.TAB : unit);
            return gap.columns() >= columns ? -1 : unit == 0 ? '\t' : ' ';
        }
        Space space =
                switch (gap.gapKind()) {
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
