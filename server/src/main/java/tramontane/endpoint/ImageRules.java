package tramontane.endpoint;

import java.io.IOException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.image.ImageIntake;
import tramontane.image.ImageLimits;

/**
 * {@code GET /tramontane/images}: what images of requests may be, so that a client can say so
 * before it sends them.
 */
public final class ImageRules {
    static final String PATH = Extensions.ROOT + "images";

    private final ImageIntake intake;
    private final int bodyBytes;

    /**
     * @param intake of the models of this server
     */
    public ImageRules(ImageIntake intake, Limits limits) {
        this.intake = intake;
        this.bodyBytes = limits.bodyBytes();
    }

    void answer(Exchange exchange) throws IOException {
        ImageLimits limits = intake.decoder().limits();
        ObjectNode rules = JsonNodeFactory.instance.objectNode();
        rules.put("images", limits.images())
                .put("bytes", limits.bytes())
                .put("pixels", limits.pixels())
                .put("side", ImageIntake.maxSide())
                .put("body_bytes", bodyBytes);
        ArrayNode types = rules.putArray("media_types");
        ImageIntake.mediaTypes().forEach(types::add);
        ArrayNode hosts = rules.putArray("hosts");
        intake.hosts().names().stream().sorted().forEach(hosts::add);
        exchange.json(200, rules);
    }
}
