package tramontane.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.api.AnswerSchema;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.ToolUse;
import tramontane.chat.dialect.AnswerPart;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/**
 * Checks finished choices against what the request demands of JSON and calls. The compiler is the
 * one that constrains answers of local models, here with one token for each byte.
 *
 * <p>Local models write by a closed schema, in which objects have no other properties than the
 * listed ones. An upstream is only held to the client's own schema.
 */
final class AnswerCheck {
    /** The token of the byte 0; three others come before it. */
    private static final int FIRST_BYTE = 3;

    private static final GrammarCompiler COMPILER = new GrammarCompiler(bytes());

    private final Optional<ChatCompletionRequest> request;

    AnswerCheck(CompletionRequest request) {
        this.request =
                request instanceof ChatCompletionRequest chat
                        ? Optional.of(chat)
                        : Optional.empty();
    }

    private static Tokenizer bytes() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        return Tokenizer.from(
                new Vocabulary(
                        "llama",
                        "",
                        tokens,
                        new float[tokens.size()],
                        new int[0],
                        List.of(),
                        new SpecialTokens(
                                Map.of("unknown", 0, "bos", 1, "eos", 2), false, false, false)));
    }

    /** True if the text of a choice must be kept until its end, to be checked. */
    boolean readsText() {
        return request.isPresent() && request.get().prompting().schema().isPresent();
    }

    /**
     * Checks a finished choice, and returns the calls that the answer has.
     *
     * @param text all of it, if {@link #readsText}
     * @throws BrokenAnswerException if the choice is not what the request demands
     */
    List<AnswerPart.Call> calls(String text, List<AnswerPart.Call> made)
            throws BrokenAnswerException {
        if (request.isEmpty()) {
            return List.of();
        }
        ToolUse tools = request.get().prompting().tools();
        if (!made.isEmpty() && !tools.mayCall()) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.MODEL,
                    "it called a tool, which the request does not allow");
        }
        if (made.isEmpty() && tools.mustCall()) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.MODEL,
                    "it called no tool, which tool_choice of the request demands");
        }
        List<AnswerPart.Call> kept =
                made.size() > 1 && !tools.parallel() ? made.subList(0, 1) : made;
        for (AnswerPart.Call call : kept) {
            check(call, tools);
        }
        Optional<AnswerSchema> schema = request.get().prompting().schema();
        if (schema.isPresent() && made.isEmpty() && !tools.mustCall()) {
            checkJson(schema.get(), request.get().prefix() + text);
        }
        return kept;
    }

    private static void checkJson(AnswerSchema schema, String text) throws BrokenAnswerException {
        boolean fits =
                fits(schema.schema(), text)
                        || schema.shown().filter(shown -> fitsAsSent(shown, text)).isPresent();
        if (!fits) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.MODEL,
                    "its text is not the JSON that response_format demands");
        }
    }

    private static void check(AnswerPart.Call call, ToolUse tools) throws BrokenAnswerException {
        ToolUse.Offer offer =
                tools.callable().stream()
                        .filter(each -> each.tool().name().equals(call.name()))
                        .findFirst()
                        .orElseThrow(() ->
                                new BrokenAnswerException(
                                        BrokenAnswerException.Fault.MODEL,
                                        "it called a tool that the request does not offer"));
        if (!fits(offer.arguments(), call.arguments())
                && !(fits(JsonSchema.anyObject(), call.arguments())
                        && fitsAsSent(offer.tool().parameters(), call.arguments()))) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.MODEL,
                    "the arguments of its call of "
                            + call.name()
                            + " are not valid under the tool's schema");
        }
    }

    private static boolean fitsAsSent(Map<String, Object> schema, String json) {
        try {
            return fits(JsonSchema.compile(schema), json);
        } catch (SchemaException e) {
            // It compiled when it was closed; open, it may exceed the limits. Then the closed one
            // decides.
            return false;
        }
    }

    private static boolean fits(JsonSchema schema, String json) {
        Constraint at = COMPILER.reading(new Grammar.Json(schema));
        for (byte each : json.strip().getBytes(StandardCharsets.UTF_8)) {
            int token = FIRST_BYTE + (each & 0xFF);
            if (!at.allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }
}
