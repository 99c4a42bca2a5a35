package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * The {@code wordwrap} filter, which follows Python's textwrap: a line is split into chunks (white
 * space, words, and parts of words up to a hyphen), and chunks are joined to lines.
 */
final class Wrapping {
    private static final String SPACES = "\t\n\u000b\f\r ";

    private final Text text;
    private final String chars;
    private final int width;
    private final boolean breaksWords;
    private final boolean breaksAtHyphens;
    private final Budget budget;

    private Wrapping(Text text, int width, boolean breaksWords, boolean atHyphens, Budget budget) {
        this.text = text;
        this.chars = text.chars();
        this.width = width;
        this.breaksWords = breaksWords;
        this.breaksAtHyphens = atHyphens;
        this.budget = budget;
    }

    static Text wrap(Text text, Arguments arguments, Budget budget) {
        int width = arguments.number("width", 79);
        Object given = arguments.get("wrapstring", None.NONE);
        Text separator = given == None.NONE ? Text.trusted("\n") : Values.text(given, "wrapstring");
        TextBuilder out = new TextBuilder(budget);
        boolean first = true;
        for (Object paragraph : Splitting.lines(text, false, budget)) {
            Wrapping wrapping =
                    new Wrapping(
                            (Text) paragraph,
                            width,
                            arguments.flag("break_long_words", true),
                            arguments.flag("break_on_hyphens", true),
                            budget);
            List<Text> lines = wrapping.lines();
            out.append(first ? Text.EMPTY : separator);
            for (int i = 0; i < lines.size(); i++) {
                out.append(i == 0 ? Text.EMPTY : separator).append(lines.get(i));
            }
            first = false;
        }
        return out.build();
    }

    /** A part of the text, in UTF-16 units. */
    private record Chunk(int from, int to) {}

    private List<Text> lines() {
        if (width <= 0) {
            throw TemplateException.failed("invalid width " + width + " (must be > 0)");
        }
        List<Text> lines = new ArrayList<>();
        List<Chunk> chunks = chunks();
        int next = 0;
        while (next < chunks.size()) {
            if (!lines.isEmpty() && isBlank(chunks.get(next))) {
                next++;
            }
            int start = next;
            int length = 0;
            while (next < chunks.size() && length + points(chunks.get(next)) <= width) {
                length += points(chunks.get(next++));
            }
            int from = next < chunks.size() || start < next ? chunks.get(start).from() : 0;
            int to = start < next ? chunks.get(next - 1).to() : from;
            boolean lastIsBlank = start < next && isBlank(chunks.get(next - 1));
            if (next < chunks.size() && points(chunks.get(next)) > width) {
                Chunk taken = beginning(chunks.get(next), width - length, start < next);
                if (taken.to() > taken.from()) {
                    to = taken.to();
                    lastIsBlank = isBlank(taken);
                    if (taken.to() == chunks.get(next).to()) {
                        next++;
                    } else {
                        chunks.set(next, new Chunk(taken.to(), chunks.get(next).to()));
                    }
                }
                boolean nothingTaken = taken.to() == taken.from();
                if (lastIsBlank && !(nothingTaken && breaksWords)) {
                    to = nothingTaken ? chunks.get(next - 1).from() : taken.from();
                }
            } else if (lastIsBlank) {
                to = chunks.get(next - 1).from();
            }
            budget.elements(1);
            if (to > from) {
                lines.add(text.slice(from, to, budget));
            }
        }
        return lines;
    }

    /** Puts the part that fits of a chunk that is longer than a line. */
    private Chunk beginning(Chunk chunk, int remaining, boolean lineHasMore) {
        if (!breaksWords) {
            return lineHasMore ? new Chunk(chunk.from(), chunk.from()) : chunk;
        }
        int end = chars.offsetByCodePoints(chunk.from(), Math.min(remaining, points(chunk)));
        if (breaksAtHyphens && points(chunk) > remaining) {
            int hyphen = chars.lastIndexOf('-', end - 1);
            if (hyphen > chunk.from() && !isAll('-', chunk.from(), hyphen)) {
                end = hyphen + 1;
            }
        }
        return new Chunk(chunk.from(), end);
    }

    private boolean isAll(char c, int from, int to) {
        for (int i = from; i < to; i++) {
            if (chars.charAt(i) != c) {
                return false;
            }
        }
        return true;
    }

    private int points(Chunk chunk) {
        return chars.codePointCount(chunk.from(), chunk.to());
    }

    private boolean isBlank(Chunk chunk) {
        for (int i = chunk.from(); i < chunk.to(); i++) {
            if (!Characters.isSpace(chars.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private List<Chunk> chunks() {
        budget.scan(2L * chars.length());
        List<Chunk> chunks = new ArrayList<>();
        int at = 0;
        while (at < chars.length()) {
            int end = chunkEnd(at);
            budget.elements(1);
            chunks.add(new Chunk(at, end));
            at = end;
        }
        return chunks;
    }

    private int chunkEnd(int at) {
        if (isSpace(at)) {
            int end = at;
            while (isSpace(end)) {
                end++;
            }
            return end;
        }
        if (breaksAtHyphens && isDash(at)) {
            return pastHyphens(at);
        }
        int end = at + 1;
        while (end < chars.length() && !isSpace(end)) {
            if (breaksAtHyphens && isBreakingHyphen(end)) {
                return end + 1;
            }
            if (breaksAtHyphens && isDash(end)) {
                return end;
            }
            end++;
        }
        return end;
    }

    /** Two hyphens or more between words. */
    private boolean isDash(int at) {
        int end = pastHyphens(at);
        return at > 0
                && end - at >= 2
                && (isWord(at - 1) || "!\"'&.,?".indexOf(chars.charAt(at - 1)) >= 0)
                && isWord(end);
    }

    private int pastHyphens(int at) {
        int end = at;
        while (end < chars.length() && chars.charAt(end) == '-') {
            end++;
        }
        return end;
    }

    /** A hyphen before letters and behind two letters or behind a letter, a hyphen and a letter. */
    private boolean isBreakingHyphen(int at) {
        boolean before =
                isLetter(at - 1) && (isLetter(at - 2) || (isHyphen(at - 2) && isLetter(at - 3)));
        boolean after =
                isLetter(at + 1) && (isLetter(at + 2) || (isHyphen(at + 2) && isLetter(at + 3)));
        return isHyphen(at) && before && after;
    }

    private boolean isHyphen(int at) {
        return at >= 0 && at < chars.length() && chars.charAt(at) == '-';
    }

    private boolean isSpace(int at) {
        return at < chars.length() && SPACES.indexOf(chars.charAt(at)) >= 0;
    }

    private boolean isWord(int at) {
        return at >= 0
                && at < chars.length()
                && (Characters.isWord(chars.codePointAt(at))
                        || Character.isSurrogate(chars.charAt(at))
                                && Characters.isWord(wholeAt(at)));
    }

    private int wholeAt(int at) {
        return Character.isLowSurrogate(chars.charAt(at)) && at > 0
                ? chars.codePointAt(at - 1)
                : chars.codePointAt(at);
    }

    /** A word character that is neither a digit nor an underscore. */
    private boolean isLetter(int at) {
        return isWord(at) && chars.charAt(at) != '_' && !Character.isDigit(wholeAt(at));
    }
}
