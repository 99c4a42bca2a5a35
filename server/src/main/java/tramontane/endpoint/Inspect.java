package tramontane.endpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FieldSet;
import tramontane.api.FimRequest;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.Inspection;
import tramontane.completion.Completions;
import tramontane.completion.ModelNames;

/**
 * {@code POST /tramontane/inspect}: reports what the server would do with a completion request,
 * without generating anything. The status is 200 whatever is wrong with the request; the body lists
 * the faults.
 */
public final class Inspect {
    private static final String UNENFORCEABLE = "schema_not_enforceable";

    private final ModelNames names;
    private final Backend backend;
    private final Intake intake;

    public Inspect(ModelNames names, Backend backend, Intake intake) {
        this.names = names;
        this.backend = backend;
        this.intake = intake;
    }

    /** The faults of a request: all that a 422 lists, and the error that would be returned. */
    private static final class Verdict {
        final ArrayNode faults = JsonNodeFactory.instance.arrayNode();
        Optional<ApiException> refusal = Optional.empty();

        void add(ApiException refused) {
            refused.body().path("detail").forEach(faults::add);
            if (refusal.isEmpty()) {
                refusal = Optional.of(refused);
            }
        }
    }

    void answer(Exchange exchange, Caller caller)
            throws ApiException, IOException, InterruptedException {
        Fields query = new Fields();
        UrlEncoded.decodeUtf8To(exchange.query(), 0, exchange.query().length(), query);
        boolean tokens = !"false".equals(query.getValue("tokens"));
        try (Intake.Visit visit = intake.visit(exchange)) {
            exchange.json(200, visit.read(body -> inspect(body, caller, tokens)));
        }
    }

    private ObjectNode inspect(byte[] body, Caller caller, boolean tokens)
            throws InterruptedException {
        Verdict verdict = new Verdict();
        JsonNode json = JsonNodeFactory.instance.missingNode();
        Optional<CompletionRequest> request = Optional.empty();
        try {
            json = JsonBody.parse(body);
            request = parse(json, caller.fields(), verdict);
        } catch (ApiException notJson) {
            verdict.add(notJson);
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("object", "inspection");
        Optional<ModelCard> model = Optional.empty();
        Optional<Inspection> inspection = Optional.empty();
        if (request.isPresent()) {
            model = model(request.get(), caller, verdict);
        }
        if (model.isPresent()) {
            inspection = Optional.of(backend.inspect(model.get(), request.get(), caller));
            inspection.get().refusal().ifPresent(verdict::add);
        }
        answer.put("valid", verdict.refusal.isEmpty());
        answer.set("error", verdict.refusal.map(Inspect::error).orElse(nothing()));
        answer.set("faults", verdict.faults);
        answer.put("model", model.map(ModelCard::id).orElse(null));
        answer.put("max_context_length", model.map(ModelCard::contextLength).orElse(null));
        putPrompt(answer, model, inspection, tokens);
        answer.set("schemas", schemas(json, verdict.faults));
        return answer;
    }

    private static JsonNode nothing() {
        return JsonNodeFactory.instance.nullNode();
    }

    private static JsonNode error(ApiException refusal) {
        ObjectNode error = refusal.body();
        error.remove("detail");
        return error.put("status", refusal.code().status());
    }

    /**
     * Parses the request. Faulty fields are reported and left out, so that the prompt can be shown
     * anyway.
     */
    private static Optional<CompletionRequest> parse(
            JsonNode json, FieldSet fields, Verdict verdict) {
        boolean gap = json.has("prompt") && !json.has("messages");
        try {
            return Optional.of(
                    gap ? FimRequest.parse(json) : ChatCompletionRequest.parse(json, fields));
        } catch (ApiException refused) {
            verdict.add(refused);
        }
        Set<String> faulty = new HashSet<>();
        verdict.faults.forEach(fault -> faulty.add(fault.at("/loc/1").asString("")));
        if (!(json instanceof ObjectNode object) || faulty.isEmpty()) {
            return Optional.empty();
        }
        ObjectNode rest = object.deepCopy();
        rest.remove(faulty);
        if (faulty.contains("tools")) {
            rest.remove("tool_choice");
        }
        try {
            return Optional.of(
                    gap ? FimRequest.parse(rest) : ChatCompletionRequest.parse(rest, fields));
        } catch (ApiException again) {
            if (again.code() != ErrorCode.INVALID_REQUEST) {
                verdict.add(again);
            }
            return Optional.empty();
        }
    }

    private Optional<ModelCard> model(CompletionRequest request, Caller caller, Verdict verdict) {
        ModelNames visible = names.visibleTo(caller);
        Optional<ModelCard> model = visible.find(request.model());
        try {
            ModelCard card = visible.require(request.model());
            Completions.checkAbilities(backend, card, request);
            request.sampling().resolve(card.defaultTemperature(), 0);
        } catch (ApiException refused) {
            verdict.add(refused);
        }
        return model;
    }

    private static void putPrompt(
            ObjectNode answer,
            Optional<ModelCard> model,
            Optional<Inspection> inspection,
            boolean tokens) {
        Optional<Inspection.Prompt> prompt = inspection.flatMap(Inspection::prompt);
        if (prompt.isEmpty()) {
            answer.putNull("prompt").putNull("room").putNull("answer");
            return;
        }
        Inspection.Prompt written = prompt.get();
        ObjectNode node = answer.putObject("prompt");
        node.put("tokens", written.tokens().length);
        if (written.cached().isPresent()) {
            node.put("cached_tokens", written.cached().getAsInt());
        } else {
            node.putNull("cached_tokens");
        }
        ArrayNode spans = node.putArray("spans");
        written.parts().forEach(part -> put(spans.addObject(), part));
        if (tokens) {
            ArrayNode ids = node.putArray("token_ids");
            for (int token : written.tokens()) {
                ids.add(token);
            }
            ArrayNode texts = node.putArray("token_texts");
            written.spellings().forEach(texts::add);
        }
        int context = model.map(ModelCard::contextLength).orElse(0);
        answer.put("room", Math.max(0, context - written.tokens().length));
        ObjectNode limits = answer.putObject("answer");
        inspection
                .get()
                .limit()
                .ifPresentOrElse(
                        limit -> limits.put("max_tokens", limit),
                        () -> limits.putNull("max_tokens"));
        inspection
                .get()
                .shortest()
                .ifPresentOrElse(
                        shortest -> limits.put("min_tokens", shortest),
                        () -> limits.putNull("min_tokens"));
    }

    private static void put(ObjectNode node, Inspection.Part part) {
        node.put("source", part.source().name().toLowerCase(Locale.ROOT));
        part.message().ifPresent(message -> node.put("message", message));
        node.put("text", part.text()).put("tokens", part.tokens());
    }

    /** The compiler's verdict on the answer's schema and on each tool's parameters. */
    private static ArrayNode schemas(JsonNode json, ArrayNode faults) {
        ArrayNode verdicts = JsonNodeFactory.instance.arrayNode();
        JsonNode schema = json.at("/response_format/json_schema/schema");
        if (!schema.isMissingNode()) {
            verdicts.add(
                    schema(
                            List.of("body", "response_format", "json_schema", "schema"),
                            "response_format",
                            faults));
        }
        JsonNode tools = json.path("tools");
        for (int i = 0; i < tools.size(); i++) {
            if (!tools.get(i).at("/function/parameters").isMissingNode()) {
                verdicts.add(
                        schema(
                                List.of("body", "tools", i, "function", "parameters"),
                                tools.get(i).at("/function/name").asString("tool " + i),
                                faults));
            }
        }
        return verdicts;
    }

    private static ObjectNode schema(List<Object> loc, String name, ArrayNode faults) {
        ObjectNode verdict = JsonNodeFactory.instance.objectNode();
        ArrayNode steps = verdict.putArray("loc");
        List<String> wanted = new ArrayList<>();
        for (Object step : loc) {
            wanted.add(step.toString());
            if (step instanceof Integer position) {
                steps.add(position);
            } else {
                steps.add(step.toString());
            }
        }
        verdict.put("name", name);
        ArrayNode refused = verdict.putArray("refused");
        boolean otherFault = false;
        for (JsonNode fault : faults) {
            List<String> at = new ArrayList<>();
            fault.path("loc").forEach(step -> at.add(step.asString("")));
            boolean here =
                    at.size() >= wanted.size() && at.subList(0, wanted.size()).equals(wanted);
            if (here && fault.path("type").asString("").equals(UNENFORCEABLE)) {
                refused.addObject()
                        .put("pointer", fault.at("/ctx/pointer").asString(""))
                        .put("reason", fault.at("/ctx/reason").asString(""));
            } else {
                otherFault |= here;
            }
        }
        return verdict.put("enforced", refused.isEmpty() && !otherFault);
    }
}
