package tramontane.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.FinishReason;
import tramontane.engine.GenerationRequest;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * The cost of a schema while an answer is generated, or the gain where tokens are forced: the same
 * prompt alternately with and without it, for the same number of tokens. The temperature is high,
 * so that drafts from repeated text are rare.
 *
 * <p>Of free text, what prompt lookup finds all the same is not counted, for it comes with luck to
 * one of the two. Of records it is: keys repeat because the schema wants them.
 */
final class SchemaLoad {
    static final int TOKENS = 192;
    static final int LONGEST = TOKENS + 128;
    static final int CACHED = 4 * LONGEST;

    private static final String PROMPT =
            "List the ships of a fictional harbour as JSON, each with all that the clerk knows.\n";

    /** One long string without restrictions. */
    private static final String FREE_TEXT =
            """
            {"type": "object", "properties": {"story": {"type": "string", "minLength": 40}},
             "required": ["story"], "additionalProperties": false}
            """;

    /** Typical records of programs: half of their text is fixed by the schema. */
    private static final String RECORDS =
            """
            {"type": "array", "minItems": 6, "items": {
              "type": "object", "additionalProperties": false,
              "required": ["ship_name", "captain", "home_port", "length_in_metres", "cargo"],
              "properties": {
                "ship_name": {"type": "string", "maxLength": 24},
                "captain": {"type": "string", "maxLength": 24},
                "home_port": {"enum": ["Marseille", "Genova", "Barcelona", "Alger"]},
                "length_in_metres": {"type": "integer", "minimum": 1, "maximum": 400},
                "cargo": {"type": "string", "maxLength": 24}}}}
            """;

    private final OwnEngine engine;
    private final int[] prompt;

    SchemaLoad(OwnEngine engine) {
        this.engine = engine;
        prompt = engine.encode(PROMPT);
    }

    ObjectNode run(int rounds) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.set("freeText", measure(FREE_TEXT, rounds, false));
        json.set("records", measure(RECORDS, rounds, true));
        return json;
    }

    private ObjectNode measure(String schema, int rounds, boolean countsLookup) {
        Constraint constraint = compiled(schema);
        List<Double> speeds = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            // Each goes first in every other round, so that neither always follows a rest.
            boolean withFirst = round % 2 == 0;
            double before = withFirst ? speed(round, Optional.of(constraint), countsLookup) : 0;
            double without = speed(round, Optional.empty(), countsLookup);
            double with = withFirst ? before : speed(round, Optional.of(constraint), countsLookup);
            // The first round compiles, reads the prompt, and makes masks that are kept.
            if (round > 0) {
                speeds.add(with);
                ratios.add(with / without);
            }
        }
        return JsonMapper.shared()
                .createObjectNode()
                .put("tokensPerSecond", Row.rounded(Statistics.median(speeds)))
                .put("toFree", Row.rounded(Statistics.median(ratios)));
    }

    private Constraint compiled(String schema) {
        try {
            Object parsed = JsonMapper.shared().readValue(schema, Object.class);
            Grammar grammar = new Grammar.Json(JsonSchema.compile(parsed));
            return new GrammarCompiler(engine.tokenizer()).compile(grammar);
        } catch (SchemaException e) {
            throw new AssertionError("a schema of our own is refused", e);
        }
    }

    private double speed(int seed, Optional<Constraint> constraint, boolean countsLookup) {
        OwnEngine.Answer answer =
                engine.ask(
                        new GenerationRequest(
                                prompt,
                                new GenerationRequest.Length(TOKENS, 0, FinishReason.LENGTH),
                                new SamplingParams(1, 1, seed, 0, 0),
                                1,
                                new GenerationRequest.Guidance(constraint, new int[0]),
                                WantedLogprobs.NONE,
                                new GenerationRequest.Owner("bench", "schema")));
        int lucky = countsLookup ? 0 : answer.counts().acceptedDrafts();
        int decoded = answer.tokens().length - 1 - lucky;
        return decoded / answer.restSeconds();
    }
}
