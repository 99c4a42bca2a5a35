package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tramontane.api.ToolUse.Offer;
import tramontane.chat.dialect.Mark;
import tramontane.chat.dialect.ToolFormat;
import tramontane.grammar.Grammar;

/**
 * The grammars of tool calls in the format of a model family, with arguments that satisfy the
 * tools' schemas.
 */
record ToolGrammar(ToolFormat format) {
    private static final Grammar NOTHING = sequence();
    private static final Grammar GAP = new Grammar.Gap();

    /** White space after a call may be followed by another call or by the end. */
    private static final Grammar TRAILING_GAP = new Grammar.Choice(List.of(NOTHING, GAP));

    private static final int ID_CHARS = 9;
    private static final String ARGUMENTS = "arguments";
    private static final String TYPE = "\"type\":\"function\",";
    private static final String FUNCTION = "\"function\":{";
    private static final List<String> ARGUMENT_KEYS = List.of(ARGUMENTS, "parameters");

    static Grammar mark(Mark mark) {
        return mark.control().isPresent()
                ? new Grammar.Control(mark.control().getAsInt())
                : new Grammar.Text(mark.text());
    }

    static Grammar sequence(Grammar... parts) {
        return new Grammar.Sequence(List.of(parts));
    }

    /**
     * Every mark that starts calls, each with the grammar from there to the end of the last call.
     *
     * @param maxCalls at least 1
     */
    List<Grammar.Branch> branches(List<Offer> offers, int maxCalls) {
        return switch (format) {
            case ToolFormat.MistralList(Mark trigger, String _) -> {
                Grammar between = sequence(text(","), GAP);
                Grammar list = new Grammar.Repeat(choice(offers), between, 1, maxCalls);
                yield List.of(
                        new Grammar.Branch(
                                mark(trigger),
                                sequence(GAP, text("["), GAP, list, GAP, text("]"))));
            }
            case ToolFormat.MistralNamed named -> {
                Grammar trigger = mark(named.trigger());
                Grammar call = choice(offers);
                yield List.of(
                        new Grammar.Branch(
                                trigger, sequence(call, more(sequence(trigger, call), maxCalls))));
            }
            case ToolFormat.Tagged tagged -> {
                Grammar open = mark(tagged.open());
                // Small models often end the answer without the closing tag. If the mask forbade
                // that, they would write something else, such as more calls.
                Grammar close = new Grammar.Choice(List.of(mark(tagged.close()), NOTHING));
                Grammar call = sequence(GAP, choice(offers), GAP, close);
                Grammar calls = new Grammar.Repeat(call, sequence(GAP, open), 1, maxCalls);
                yield List.of(
                        new Grammar.Branch(
                                open, maxCalls == 1 ? calls : sequence(calls, TRAILING_GAP)));
            }
            case ToolFormat.Bare(var tag) -> bare(offers, tag, maxCalls);
        };
    }

    /**
     * Prose that may contain calls without the family's marks. Their arguments must satisfy the
     * schema too, and more prose or calls may follow.
     *
     * @param marked the family's marks, which may occur anywhere in the prose
     */
    Grammar prose(List<Offer> offers, List<Grammar.Branch> marked, int maxCalls) {
        Grammar prose = new Grammar.Prose(marked, true, Integer.MAX_VALUE);
        for (int call = 0; call < maxCalls; call++) {
            List<Grammar.Branch> branches = new ArrayList<>(marked);
            for (Offer offer : offers) {
                branches.add(
                        new Grammar.Branch(
                                new Grammar.Spaced(bareHead(offer, ARGUMENTS)),
                                sequence(GAP, arguments(offer), GAP, text("}"), prose)));
            }
            prose = new Grammar.Prose(branches, true, Integer.MAX_VALUE);
        }
        return prose;
    }

    /** Prose that cannot contain a call, with or without marks. */
    static Grammar proseWithoutCalls(List<Offer> offers, List<Grammar.Branch> marked) {
        List<Grammar.Branch> branches = new ArrayList<>(marked);
        for (Offer offer : offers) {
            for (String key : ARGUMENT_KEYS) {
                branches.add(
                        new Grammar.Branch(
                                new Grammar.Spaced(bareHead(offer, key)), Grammar.NEVER));
            }
            // The name may also follow the arguments.
            branches.add(
                    new Grammar.Branch(
                            new Grammar.Spaced("},\"name\":\"" + offer.tool().name() + "\"}"),
                            Grammar.NEVER));
        }
        return new Grammar.Prose(branches, true, Integer.MAX_VALUE);
    }

    /**
     * JSON that is either no call at all or one call without marks.
     *
     * @param mayCall whether it may be a call
     */
    static Grammar guarded(Grammar json, List<Offer> offers, boolean mayCall) {
        List<Grammar.Branch> branches = new ArrayList<>();
        for (Offer offer : offers) {
            for (String key : ARGUMENT_KEYS) {
                String head = bareHead(offer, key) + "{";
                Grammar call = mayCall ? sequence(arguments(offer), GAP, text("}")) : Grammar.NEVER;
                Grammar nested = mayCall ? sequence(call, GAP, text("}")) : Grammar.NEVER;
                branches.add(new Grammar.Branch(new Grammar.Spaced("{" + head), call));
                branches.add(new Grammar.Branch(new Grammar.Spaced("{" + TYPE + head), call));
                branches.add(new Grammar.Branch(new Grammar.Spaced("{" + FUNCTION + head), nested));
                branches.add(
                        new Grammar.Branch(
                                new Grammar.Spaced("{" + TYPE + FUNCTION + head), nested));
            }
        }
        return new Grammar.Guarded(json, branches);
    }

    private static String bareHead(Offer offer, String key) {
        return "\"name\":\"" + offer.tool().name() + "\",\"" + key + "\":";
    }

    /** In this format, each tool's calls start with their own text. */
    private List<Grammar.Branch> bare(List<Offer> offers, Optional<Mark> tag, int maxCalls) {
        Grammar any = choice(offers);
        Grammar more = more(sequence(text(format.between()), any), maxCalls);
        List<Grammar.Branch> branches = new ArrayList<>();
        for (Offer offer : offers) {
            branches.add(
                    new Grammar.Branch(
                            text(format.head(offer.tool().name())),
                            sequence(arguments(offer), GAP, text("}"), more)));
        }
        tag.ifPresent(mark -> branches.add(new Grammar.Branch(mark(mark), sequence(any, more))));
        return branches;
    }

    /** More calls after the first. */
    private static Grammar more(Grammar call, int maxCalls) {
        return maxCalls == 1 ? NOTHING : new Grammar.Repeat(call, NOTHING, 0, maxCalls - 1);
    }

    private Grammar choice(List<Offer> offers) {
        return choice(offers.stream().map(this::call));
    }

    private static Grammar choice(Stream<? extends Grammar> options) {
        List<Grammar> all = options.map(Grammar.class::cast).toList();
        return all.size() == 1 ? all.getFirst() : new Grammar.Choice(all);
    }

    /** One call without its opening mark. */
    private Grammar call(Offer offer) {
        String name = offer.tool().name();
        return switch (format) {
            case ToolFormat.MistralNamed named ->
                    sequence(
                            text(name),
                            named.callId().map(ToolGrammar::id).orElse(NOTHING),
                            mark(named.arguments()),
                            arguments(offer));
            case ToolFormat.Tagged _, ToolFormat.MistralList _, ToolFormat.Bare _ -> object(offer);
        };
    }

    /** A call as a JSON object, with white space where models write it. */
    private Grammar object(Offer offer) {
        return sequence(
                text("{"),
                GAP,
                text("\"name\":"),
                GAP,
                text("\"" + offer.tool().name() + "\","),
                GAP,
                text("\"" + format.argumentsKey() + "\":"),
                GAP,
                arguments(offer),
                GAP,
                text("}"));
    }

    /** An id invented by the model and ignored: the server assigns its own ids. */
    private static Grammar id(Mark mark) {
        Grammar letter =
                choice(
                        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                .chars()
                                .mapToObj(each -> text(Character.toString(each))));
        return sequence(mark(mark), new Grammar.Repeat(letter, NOTHING, ID_CHARS, ID_CHARS));
    }

    private static Grammar arguments(Offer offer) {
        return new Grammar.Json(offer.arguments());
    }

    private static Grammar text(String text) {
        return new Grammar.Text(text);
    }
}
