package tramontane.backend;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tramontane.chat.dialect.AnswerParser;

/**
 * How the tokens of an answer are parsed.
 *
 * @param parsers creates a parser for each choice
 * @param stops strings that end the text
 * @param countsThinking whether thinking tokens are counted
 */
record Reading(Supplier<AnswerParser> parsers, List<String> stops, boolean countsThinking) {
    Reading {
        stops = List.copyOf(stops);
    }

    /** Everything is text. */
    static Reading plain(List<String> stops) {
        return new Reading(
                () -> new AnswerParser(Optional.empty(), Optional.empty()), stops, false);
    }
}
