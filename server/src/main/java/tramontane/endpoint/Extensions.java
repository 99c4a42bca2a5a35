package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;
import tramontane.backend.Caller;
import tramontane.backend.TokenBudget;
import tramontane.completion.Environment;
import tramontane.limit.Allowance;
import tramontane.usage.RequestLog;
import tramontane.usage.RequestRecord;
import tramontane.usage.Watcher;

/**
 * The endpoints under {@code /tramontane/}, which are not part of Mistral's API; see
 * docs/EXTENSIONS.md.
 */
public final class Extensions {
    static final String ROOT = "/tramontane/";

    private static final String REQUESTS = ROOT + "requests";
    private static final String EVENTS = REQUESTS + "/events";
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final int MAX_LISTED = 200;

    private final Inspect inspect;
    private final RequestLog log;
    private final InFlight inFlight;
    private final Environment environment;
    private final Limits limits;

    public Extensions(
            Inspect inspect,
            RequestLog log,
            InFlight inFlight,
            Environment environment,
            Limits limits) {
        this.inspect = inspect;
        this.log = log;
        this.inFlight = inFlight;
        this.environment = environment;
        this.limits = limits;
    }

    void answer(Exchange exchange, Allowance allowance)
            throws ApiException, IOException, InterruptedException {
        Caller caller = allowance.caller();
        String path = exchange.path();
        if (path.equals(ROOT + "inspect")) {
            Routes.allow(exchange, "POST");
            allowance.reserveRequest();
            inspect.answer(exchange, caller.with(TokenBudget.UNLIMITED));
        } else if (path.equals(REQUESTS)) {
            Routes.allow(exchange, "GET");
            list(exchange, caller);
        } else if (path.equals(EVENTS)) {
            Routes.allow(exchange, "GET");
            watch(exchange, allowance);
        } else if (path.startsWith(REQUESTS + "/")) {
            Routes.allow(exchange, "GET");
            one(exchange, caller, path.substring(REQUESTS.length() + 1));
        } else {
            throw new ApiException(ErrorCode.NOT_FOUND, "there is nothing at " + path);
        }
    }

    private void list(Exchange exchange, Caller caller) throws ApiException, IOException {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("object", "list");
        body.put("keeps_bodies", log.keepsBodies());
        ArrayNode data = body.putArray("data");
        List<RequestRecord> records = log.latest(caller, limit(exchange));
        records.forEach(record -> data.add(record.toJson()));
        exchange.json(200, body);
    }

    private static int limit(Exchange exchange) throws ApiException {
        Fields query = new Fields();
        UrlEncoded.decodeUtf8To(exchange.query(), 0, exchange.query().length(), query);
        String wanted = Optional.ofNullable(query.getValue("limit")).orElse("" + MAX_LISTED);
        if (wanted.matches("[0-9]{1,3}")) {
            int limit = Integer.parseInt(wanted);
            if (limit >= 1 && limit <= MAX_LISTED) {
                return limit;
            }
        }
        throw new ApiException(
                ErrorCode.BAD_REQUEST, "limit goes from 1 to " + MAX_LISTED, "limit");
    }

    private void one(Exchange exchange, Caller caller, String id) throws ApiException, IOException {
        RequestRecord record =
                log.find(caller, id)
                        .orElseThrow(() ->
                                new ApiException(
                                        ErrorCode.NOT_FOUND,
                                        "no request "
                                                + id
                                                + " is in the log; it holds the last "
                                                + MAX_LISTED
                                                + " of each key"));
        ObjectNode json = record.toJson();
        json.putNull("request").putNull("answer");
        if (record.bodies().isPresent()) {
            try {
                json.set("request", JsonBody.parse(record.bodies().get().request()));
            } catch (ApiException noJson) {
                json.put("request", "not JSON");
            }
            json.set("answer", record.bodies().get().answer());
        }
        exchange.json(200, json);
    }

    /** Streams every change of this caller's requests until the client disconnects. */
    private void watch(Exchange exchange, Allowance allowance)
            throws ApiException, IOException, InterruptedException {
        try (Watcher watcher =
                log.watch(allowance.caller())
                        .orElseThrow(() ->
                                new ApiException(
                                        ErrorCode.RATE_LIMITED,
                                        "too many event streams are open for this key"))) {
            EventStream stream = new EventStream(exchange, environment, limits);
            stream.open();
            while (!inFlight.isDraining() && !watcher.isCut() && allowance.isInForce()) {
                Optional<RequestRecord> record = watcher.poll(LOOK);
                exchange.checkClient();
                if (record.isPresent()) {
                    stream.send("request", record.get().toJson());
                } else {
                    stream.keepAlive();
                }
            }
            stream.breakOff();
        }
    }
}
