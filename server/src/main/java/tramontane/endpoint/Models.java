package tramontane.endpoint;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;

/** {@code /v1/models}: the cards of what is served. */
public final class Models {
    private final ModelNames names;

    public Models(ModelNames names) {
        this.names = names;
    }

    /** All cards; the newest clients may ask for those of one model or provider only. */
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
            models.forEach(model -> data.add(model.toJson(model.id())));
        }
        exchange.json(200, body);
    }

    /** One card, under the name that was asked for. */
    void get(Exchange exchange, String name) throws IOException, ApiException {
        exchange.json(200, find(name).toJson(name));
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
