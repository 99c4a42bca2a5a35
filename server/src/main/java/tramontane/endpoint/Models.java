package tramontane.endpoint;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.backend.ModelState;
import tramontane.completion.ModelNames;

/** {@code /v1/models}: the cards of the served models. */
public final class Models {
    private final ModelNames names;
    private final Function<ModelCard, ModelState> states;

    public Models(ModelNames names, Function<ModelCard, ModelState> states) {
        this.names = names;
        this.states = states;
    }

    /** All cards; recent clients can filter by model or provider. */
    void list(Exchange exchange) throws IOException {
        Fields query = new Fields();
        UrlEncoded.decodeUtf8To(exchange.query(), 0, exchange.query().length(), query);
        Optional<String> wanted = Optional.ofNullable(query.getValue("model"));
        Optional<String> provider = Optional.ofNullable(query.getValue("provider"));
        List<ModelCard> models =
                wanted.map(name -> names.find(name).stream().toList()).orElseGet(names::all);
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = body.putArray("data");
        if (provider.isEmpty() || provider.get().equals("mistralai")) {
            models.forEach(model -> data.add(card(model, model.id())));
        }
        exchange.json(200, body);
    }

    /** One card, with the name that the client used. */
    void get(Exchange exchange, String name) throws IOException, ApiException {
        exchange.json(200, card(find(name), name));
    }

    /** The card, and whether the model can answer now. */
    private ObjectNode card(ModelCard model, String name) {
        ObjectNode card = model.toJson(name);
        return switch (states.apply(model)) {
            case ModelState.Loaded _ -> card.put("state", "loaded");
            case ModelState.Loading _ -> card.put("state", "loading");
            case ModelState.Unloaded _ -> card.put("state", "unloaded");
            case ModelState.Failed(String reason) ->
                    card.put("state", "failed").put("state_reason", reason);
        };
    }

    void delete(String name) throws ApiException {
        find(name);
        throw new ApiException(
                ErrorCode.FORBIDDEN,
                "only fine-tuned models can be deleted, and none is served here");
    }

    private ModelCard find(String name) throws ApiException {
        return names.find(name)
                .orElseThrow(() ->
                        new ApiException(ErrorCode.NOT_FOUND, "Model not found: " + name, "model"));
    }
}
