package tramontane.chat.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import tramontane.chat.dialect.AnswerParser.Bare;
import tramontane.chat.dialect.AnswerParser.Calls;
import tramontane.token.Tokenizer;

/**
 * Answers of each family, in one piece and in many splits. Control tokens are between «» in the
 * answers; a result is written as {@code T:text}, {@code R:thinking} and {@code C:name(args)}.
 */
class AnswerParserTest {
    private static final Tokenizer TOKENIZER =
            ByteVocabulary.with(
                    "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]", "<|python_tag|>");

    /** Longer than any mark. */
    private static final int PAIR_REACH = 45;

    private static final List<String> NAMES = List.of("get", "get_weather", "f-2");

    private static final ToolFormat LIST = new ToolFormat.MistralList(mark("[TOOL_CALLS]"), "");
    private static final ToolFormat NAMED =
            new ToolFormat.MistralNamed(
                    mark("[TOOL_CALLS]"), Optional.of(mark("[CALL_ID]")), mark("[ARGS]"));
    private static final ToolFormat TAGGED =
            new ToolFormat.Tagged(mark("<tool_call>"), mark("</tool_call>"), "\n");
    private static final ToolFormat BARE = new ToolFormat.Bare(Optional.of(mark("<|python_tag|>")));

    private static final Optional<AnswerParser.Thinking> SILENT = Optional.empty();

    private static Mark mark(String text) {
        return Mark.of(text, TOKENIZER);
    }

    private static Optional<AnswerParser.Thinking> thinking(String source, boolean open) {
        return Optional.of(
                new AnswerParser.Thinking(
                        ThinkingFormat.of(source, TOKENIZER).orElseThrow(), open));
    }

    private static final Optional<AnswerParser.Thinking> BRACKETS =
            thinking("[THINK][/THINK]", false);
    private static final Optional<AnswerParser.Thinking> TAGS = thinking("<think></think>", false);
    private static final Optional<AnswerParser.Thinking> OPEN_TAGS =
            thinking("<think></think>", true);

    /** A piece of an answer: text, or the name of a control token. */
    private record Piece(String text, boolean control) {}

    private static List<Piece> pieces(String answer) {
        List<Piece> pieces = new ArrayList<>();
        for (String part : answer.split("(?=«)|(?<=»)")) {
            boolean control = part.startsWith("«");
            pieces.add(new Piece(control ? part.substring(1, part.length() - 1) : part, control));
        }
        return pieces;
    }

    private static String parse(
            Optional<AnswerParser.Thinking> thinking, Optional<Calls> calls, List<Piece> pieces) {
        AnswerParser parser = new AnswerParser(thinking, calls);
        List<AnswerPart> parts = new ArrayList<>();
        for (Piece piece : pieces) {
            parts.addAll(
                    piece.control
                            ? parser.control(mark(piece.text).control().orElseThrow(), piece.text)
                            : parser.text(piece.text));
        }
        parts.addAll(parser.end(false));
        StringBuilder shown = new StringBuilder();
        String kind = "";
        for (AnswerPart part : parts) {
            String next =
                    switch (part) {
                        case AnswerPart.Thinking _ -> "R:";
                        case AnswerPart.Text _ -> "T:";
                        case AnswerPart.Call _ -> "C:";
                    };
            String text =
                    switch (part) {
                        case AnswerPart.Thinking(String thinkingText) -> thinkingText;
                        case AnswerPart.Text(String said) -> said;
                        case AnswerPart.Call(String name, String arguments) ->
                                name + "(" + arguments + ")";
                    };
            boolean goesOn = next.equals(kind) && !next.equals("C:");
            shown.append(goesOn ? "" : (shown.isEmpty() ? "" : "|") + next).append(text);
            kind = next;
        }
        return shown.toString();
    }

    private static List<Piece> cut(List<Piece> pieces, IntPredicate cutBefore) {
        List<Piece> cut = new ArrayList<>();
        int at = 0;
        for (Piece piece : pieces) {
            if (piece.control) {
                cut.add(piece);
                continue;
            }
            int from = 0;
            for (int i = 0; i < piece.text.length(); i++, at++) {
                if (i > 0 && cutBefore.test(at)) {
                    cut.add(new Piece(piece.text.substring(from, i), false));
                    from = i;
                }
            }
            cut.add(new Piece(piece.text.substring(from), false));
        }
        return cut;
    }

    /** Whole, letter by letter, split at each pair of near positions, and at random positions. */
    private static void check(
            Optional<AnswerParser.Thinking> thinking,
            Optional<Calls> calls,
            String answer,
            String expected) {
        List<Piece> pieces = pieces(answer);
        assertThat(parse(thinking, calls, pieces)).as(answer).isEqualTo(expected);
        assertThat(parse(thinking, calls, cut(pieces, at -> true))).isEqualTo(expected);
        for (int i = 0; i < answer.length(); i++) {
            for (int j = i; j < Math.min(answer.length(), i + PAIR_REACH); j++) {
                int first = i;
                int second = j;
                assertThat(parse(thinking, calls, cut(pieces, at -> at == first || at == second)))
                        .isEqualTo(expected);
            }
        }
        Random random = new Random(answer.hashCode());
        for (int round = 0; round < 300; round++) {
            int oneIn = 2 + random.nextInt(9);
            assertThat(parse(thinking, calls, cut(pieces, at -> random.nextInt(oneIn) == 0)))
                    .isEqualTo(expected);
        }
    }

    /** Arguments fit unless they contain the word bad. */
    private static final Bare BARE_CALLS =
            new Bare(4, call -> !call.arguments().contains("bad"), true);

    private static Calls calls(ToolFormat format, boolean onlyFirst) {
        return new Calls(format, true, NAMES, onlyFirst, BARE_CALLS);
    }

    private static void check(ToolFormat format, String answer, String expected) {
        check(SILENT, Optional.of(calls(format, false)), answer, expected);
    }

    @Test
    void mistralsListIsParsedWithAndWithoutIds() {
        check(
                LIST,
                "«[TOOL_CALLS]»[{\"name\": \"get\", \"arguments\": {\"a\": [1]}}]",
                "C:get({\"a\": [1]})");
        check(
                LIST,
                "Let me see.«[TOOL_CALLS]» [{\"name\":\"get\",\"arguments\":{},\"id\":\"abcdefghi\"},"
                        + " {\"name\": \"f-2\", \"arguments\": {\"x\": \"}]\"}}]",
                "T:Let me see.|C:get({})|C:f-2({\"x\": \"}]\"})");
    }

    @Test
    void mistralsNamedCallsAreParsedInAllVersions() {
        check(NAMED, "«[TOOL_CALLS]»get«[ARGS]»{\"a\": 1}", "C:get({\"a\": 1})");
        check(
                NAMED,
                "«[TOOL_CALLS]»get«[CALL_ID]»abc012DEF«[ARGS]»{}«[TOOL_CALLS]»f-2«[ARGS]»{\"b\":\"[TOOL_CALLS]get[ARGS]{}\"}",
                "C:get({})|C:f-2({\"b\":\"[TOOL_CALLS]get[ARGS]{}\"})");
        check(NAMED, "So:«[TOOL_CALLS]»get«[ARGS]»{}", "T:So:|C:get({})");
    }

    @Test
    void taggedCallsAreParsed() {
        check(
                TAGGED,
                "Yes. <tool_call>\n{\"name\": \"get\", \"arguments\": {\"a\": \"</tool_call>\"}}\n</tool_call>\n"
                        + "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>",
                "T:Yes. |C:get({\"a\": \"</tool_call>\"})|C:get_weather({})");
    }

    private static final String ONE = "{\"name\": \"get\", \"arguments\": {\"a\": 1}}";
    private static final String TWO =
            "{\n  \"name\": \"get_weather\",\n  \"arguments\": {\n    \"c\": \"}{x\"\n  }\n}";
    private static final String READ_ONE = "C:get({\"a\": 1})";
    private static final String READ_TWO = "C:get_weather({\n    \"c\": \"}{x\"\n  })";

    @Test
    void anAnswerOfOnlyCallsIsParsedInAllForms() {
        for (ToolFormat format : List.of(TAGGED, NAMED, LIST)) {
            check(format, ONE, READ_ONE);
            check(format, TWO, READ_TWO);
            check(format, " \n" + ONE + "\n", READ_ONE);
            check(format, ONE + "\n" + TWO, READ_ONE + "|" + READ_TWO);
            check(
                    format,
                    ONE + ", " + TWO + ";\n\n" + ONE,
                    READ_ONE + "|" + READ_TWO + "|" + READ_ONE);
            check(format, "{" + ONE + "}", READ_ONE);
            check(format, "{\n" + ONE + "\n}\n{" + TWO + "}", READ_ONE + "|" + READ_TWO);
            check(format, "[" + ONE + ", " + TWO + "]", READ_ONE + "|" + READ_TWO);
            check(format, "[\n  " + ONE + ",\n  " + TWO + "\n]", READ_ONE + "|" + READ_TWO);
            check(format, "```json\n" + ONE + "\n```", READ_ONE);
            check(format, "```\n" + ONE + "\n" + TWO + "\n```\n", READ_ONE + "|" + READ_TWO);
            check(
                    format,
                    "```json\n[" + ONE + "]\n```\n```json\n" + TWO,
                    READ_ONE + "|" + READ_TWO);
        }
        check(TAGGED, "{\n\"name\": \"get\",\n\"arguments\": {}\n}", "C:get({})");
        check(TAGGED, "{\"name\":\"get\",\"parameters\":{}}", "C:get({})");
        check(TAGGED, "{\"arguments\": {}, \"name\": \"get\"}", "C:get({})");
        check(
                TAGGED,
                "{\"id\": \"x\", \"type\": \"function\", \"name\": \"get\", \"arguments\": {}}",
                "C:get({})");
        check(
                TAGGED,
                "{\"type\": \"function\", \"function\": {\"name\": \"get\", \"arguments\": {}}}",
                "C:get({})");
        for (String call :
                List.of(
                        "{\"name\": \"get\", \"arguments\": \"{\\\"a\\\": \\\"\\u0041\\\\n\\\"}\"}",
                        "{\"arguments\": \"{\\\"a\\\": \\\"A\\\\n\\\"}\", \"name\": \"get\"}")) {
            check(TAGGED, call, "C:get({\"a\": \"A\\n\"})");
        }
        check(TAGGED, ONE + "\n</tool_call>\n<tool_call>\n" + TWO, READ_ONE + "|" + READ_TWO);
        check(
                TAGS,
                Optional.of(calls(TAGGED, false)),
                "<think>\nhm\n</think>\n\n" + ONE + "\n" + TWO,
                "R:hm|" + READ_ONE + "|" + READ_TWO);
        check(SILENT, Optional.of(calls(TAGGED, true)), ONE, READ_ONE);
    }

    @Test
    void anAnswerWithTextBesidesBareCallsIsText() {
        for (String text :
                List.of(
                        "Like this: " + ONE,
                        ONE + " is how",
                        ONE + "\n{\"response\": 21}",
                        "```json\n" + ONE + "\n```\nThat is it.",
                        "``json\n" + ONE,
                        "{\"name\": \"other\", \"arguments\": {}}",
                        ONE + "\n{\"name\": \"other\", \"arguments\": {}}",
                        "{\"name\": \"get\"}",
                        "{\"name\": \"get\", \"arguments\": {}, \"x\": 1}",
                        "{\"name\": \"get\", \"arguments\": [1]}",
                        "{\"name\": \"get\", \"arguments\": \"x\"}",
                        "{\"name\": \"get\", \"arguments\": \"{} {}\"}",
                        "{\"name\": \"get\", \"arguments\": {\"a\": 01}}",
                        "{\"name\": \"get\", \"arguments\": {",
                        "[1] is a list, {x} and [{",
                        "[{}]",
                        " \n",
                        "{\"name\": \"get\", \"arguments\": {\"a\": \"bad\"}}",
                        ONE + "{\"name\": \"get\", \"arguments\": {\"a\": \"bad\"}}")) {
            check(TAGGED, text, "T:" + text);
            check(NAMED, text, "T:" + text);
        }
        check(
                TAGGED,
                "So: " + ONE + "<tool_call>\n" + ONE + "\n</tool_call>",
                "T:So: " + ONE + "|" + READ_ONE);
    }

    @Test
    void textIsReleasedAtItsFirstLetters() {
        for (String text :
                List.of("Hello", "{\"city", "{\"name\": \"o", "```python\np", "[1", "`x")) {
            AnswerParser parser = new AnswerParser(SILENT, Optional.of(calls(TAGGED, false)));
            assertThat(parser.text(text)).as(text).containsExactly(new AnswerPart.Text(text));
        }
    }

    @Test
    void anIncompleteCallBehindACompleteOneIsDropped() {
        for (String rest :
                List.of(
                        "\n{\"na",
                        "\n{\"name\": \"get\", \"arguments\": {\"x",
                        ",\n",
                        "\n```",
                        "")) {
            for (String start : List.of("", "{", "[", "```json\n")) {
                AnswerParser parser = new AnswerParser(SILENT, Optional.of(calls(TAGGED, false)));
                assertThat(parser.text(start + ONE + rest)).isEmpty();
                assertThat(parser.end(true))
                        .as(start + ONE + rest)
                        .containsExactly(new AnswerPart.Call("get", "{\"a\": 1}"));
            }
        }
        AnswerParser parser = new AnswerParser(SILENT, Optional.of(calls(TAGGED, false)));
        assertThat(parser.text("{\"name\": \"get\", \"argu")).isEmpty();
        assertThat(parser.end(true))
                .containsExactly(new AnswerPart.Text("{\"name\": \"get\", \"argu"));
    }

    @Test
    void oneCallTooManyEndsTheAnswer() {
        Calls single = new Calls(TAGGED, true, NAMES, false, new Bare(1, call -> true, true));
        AnswerParser parser = new AnswerParser(SILENT, Optional.of(single));
        assertThat(parser.text(ONE + "\n{\"name\": \"get_we")).isEmpty();
        assertThat(parser.isComplete()).isFalse();
        assertThat(parser.text("ather\", ")).isEmpty();
        assertThat(parser.isComplete()).isTrue();
        assertThat(parser.end(false)).containsExactly(new AnswerPart.Call("get", "{\"a\": 1}"));
        AnswerParser prose = new AnswerParser(SILENT, Optional.of(single));
        assertThat(prose.text(ONE + "\nis how")).isNotEmpty();
        assertThat(prose.isComplete()).isFalse();
    }

    @Test
    void forbiddenCallsAreWithheldAndOtherTextIsNot() {
        Calls none = new Calls(TAGGED, false, NAMES, false, new Bare(4, call -> true, false));
        for (String calls : List.of(ONE, ONE + "\n" + TWO, "[" + ONE + "]", "{" + ONE + "}")) {
            check(SILENT, Optional.of(none), calls, "");
        }
        check(SILENT, Optional.of(none), "{\"a\": 1}", "T:{\"a\": 1}");
        check(SILENT, Optional.of(none), "Hi <tool_call>", "T:Hi <tool_call>");
    }

    @Test
    void bareObjectsAreCallsIfTheyNameATool() {
        check(
                BARE,
                "{\"name\": \"get_weather\", \"parameters\": {\"c\": \"x\"}}; {\"name\": \"get\", \"parameters\": {}}",
                "C:get_weather({\"c\": \"x\"})|C:get({})");
        check(BARE, "«<|python_tag|>»{\"name\": \"get\", \"parameters\": {}}", "C:get({})");
        check(
                BARE,
                "{\"name\": \"other\", \"parameters\": {}} and {\"name\": \"get\"}",
                "T:{\"name\": \"other\", \"parameters\": {}} and {\"name\": \"get\"}");
    }

    @Test
    void textThatLooksLikeACallIsText() {
        for (String text :
                List.of(
                        "[TOOL_CALLS]get[ARGS]{}",
                        "So {\"name\": \"get\", \"arguments\": {}}",
                        "<tool_cal",
                        "The tag <tool_ call> opens one, [TOOL_",
                        "{\"name\": \"get\", \"para")) {
            check(NAMED, text, "T:" + text);
            check(BARE, text, "T:" + text);
        }
        check(LIST, "<tool_call>{\"name\": \"get\"", "T:<tool_call>{\"name\": \"get\"");
        check(TAGGED, "a < b <tool", "T:a < b <tool");
    }

    @Test
    void malformedCallsAreText() {
        for (String text :
                List.of(
                        "<tool_call>\n{\"name\": \"get\", \"arguments\": {\"a\": 1",
                        "<tool_call>\n{\"name\": \"unknown\", \"arguments\": {}}\n</tool_call>",
                        "<tool_call>\n{\"name\": \"get\", \"arguments\": []}\n</tool_call>",
                        "<tool_call>\n{\"name\": \"get\", \"arguments\": {\"a\": 01}}\n</tool_call>",
                        "<tool_call>\n{\"name\": \"get\", \"arguments\": {}, \"x\": 1}\n</tool_call>",
                        "<tool_call>\n{\"name\": \"get\", \"arguments\": {}}\n</tool_call> so",
                        "<tool_call>\n{\"name\": \"get\"}\n</tool_call>")) {
            check(TAGGED, text, "T:" + text);
        }
    }

    @Test
    void anAnswerInJsonContainsNoCalls() {
        Optional<Calls> first = Optional.of(calls(TAGGED, true));
        String call = "<tool_call>\n{\"name\": \"get\", \"arguments\": {}}\n</tool_call>";
        check(SILENT, first, call, "C:get({})");
        check(SILENT, first, "{\"a\":\"" + call + "\"}", "T:{\"a\":\"" + call + "\"}");
        check(SILENT, first, "<to " + call, "T:<to " + call);
    }

    @Test
    void withoutToolsEverythingIsText() {
        check(
                SILENT,
                Optional.empty(),
                "«[TOOL_CALLS]»get«[ARGS]»{} <tool_call>",
                "T:get{} <tool_call>");
    }

    @Test
    void thinkingIsSeparatedInEachFormat() {
        check(BRACKETS, Optional.empty(), "«[THINK]»hm\n«[/THINK]»\nSo.", "R:hm\n|T:\nSo.");
        check(BRACKETS, Optional.empty(), " So [THINK].", "T: So [THINK].");
        check(BRACKETS, Optional.empty(), "«[THINK]»[/THINK] no", "R:[/THINK] no");
        check(TAGS, Optional.empty(), "\n<think>\nhm\n\nha\n</think>\n\nSo\n", "R:hm\n\nha|T:So\n");
        check(TAGS, Optional.empty(), "<think>\n\n</think>\n\nSo", "T:So");
        check(TAGS, Optional.empty(), "<thin", "T:<thin");
        check(TAGS, Optional.empty(), "I <think> so</think>", "T:I <think> so</think>");
        check(TAGS, Optional.empty(), "<think>\nno end </thi", "R:no end </thi");
        check(OPEN_TAGS, Optional.empty(), "hm</think>So", "R:hm|T:So");
        check(OPEN_TAGS, Optional.empty(), "</think>\n\n", "");
        check(OPEN_TAGS, Optional.empty(), "hm\n", "R:hm");
    }

    @Test
    void callsMayFollowThinkingButAreNotWithinIt() {
        Optional<Calls> tagged = Optional.of(calls(TAGGED, false));
        String call = "<tool_call>\n{\"name\": \"get\", \"arguments\": {}}\n</tool_call>";
        check(
                TAGS,
                tagged,
                "<think>\n" + call + "\n</think>\n\n" + call,
                "R:" + call + "|C:get({})");
        check(
                BRACKETS,
                Optional.of(calls(NAMED, false)),
                "«[THINK]»a«[TOOL_CALLS]»b«[/THINK]»«[TOOL_CALLS]»get«[ARGS]»{}",
                "R:ab|C:get({})");
    }

    /** All splits of a short answer. */
    @Test
    void noSplitOfAnAnswerChangesItsParts() {
        List<Piece> pieces = pieces("<think>a\n</think>\nb<");
        String expected = "R:a|T:b<";
        int letters = pieces.getFirst().text.length();
        for (int cuts = 0; cuts < 1 << (letters - 1); cuts++) {
            int places = cuts;
            assertThat(
                            parse(
                                    TAGS,
                                    Optional.of(calls(TAGGED, false)),
                                    cut(pieces, at -> (places >> (at - 1) & 1) != 0)))
                    .isEqualTo(expected);
        }
    }

    @Test
    void aCodeFenceAroundJsonIsRemoved() {
        String json = "{\"a\": \"\\n```\",\n \"b\": 1}";
        for (String answer : List.of(json, "```json\n" + json + "\n```", "```\n" + json + "\n``")) {
            for (int size = 1; size <= answer.length(); size++) {
                AnswerParser parser = new AnswerParser(SILENT, Optional.empty(), true);
                StringBuilder text = new StringBuilder();
                List<AnswerPart> parts = new ArrayList<>();
                for (int from = 0; from < answer.length(); from += size) {
                    int to = Math.min(answer.length(), from + size);
                    parts.addAll(parser.text(answer.substring(from, to)));
                }
                parts.addAll(parser.end(true));
                parts.forEach(part -> text.append(((AnswerPart.Text) part).text()));
                assertThat(text.toString()).isEqualTo(json);
            }
        }
    }
}
