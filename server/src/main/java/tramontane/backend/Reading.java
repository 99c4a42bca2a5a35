package tramontane.backend;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tramontane.chat.dialect.AnswerParser;

/**
 * How an answer's tokens are read.
 *
 * @param parsers one for each choice
 * @param stops strings that end the text
 * @param countsThoughts whether the tokens of thinking are to be told
 */
record Reading(Supplier<AnswerParser> parsers, List<String> stops, boolean countsThoughts) {
    Reading {
        stops = List.copyOf(stops);
    }

    /** All of it is text. */
    static Reading plain(List<String> stops) {
        return new Reading(
                () -> new AnswerParser(Optional.empty(), Optional.empty()), stops, false);
    }
}
