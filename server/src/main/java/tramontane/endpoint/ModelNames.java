package tramontane.endpoint;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tramontane.api.ModelCard;

/**
 * Finds the served model that a name stands for.
 *
 * <p>A name is a model's own, one of its aliases, or the name of a chat model of the hosted
 * service, to which the first model answers: so a program written for the service runs with another
 * URL and nothing else. Names of services that are no chat model (embeddings, moderation, OCR,
 * speech) stand for nothing here.
 */
public final class ModelNames {
    private static final Pattern HOSTED =
            Pattern.compile(
                    "(mistral|ministral|codestral|devstral|magistral|pixtral|open-mistral|open-mixtral"
                            + "|labs-(mistral|devstral|leanstral))-[a-z0-9.-]{1,64}");
    private static final Pattern OTHER_SERVICES =
            Pattern.compile(".*-(embed|moderation|ocr|embed-.*|moderation-.*|ocr-.*)");

    private final List<ModelCard> models;
    private final boolean hostedNames;

    /**
     * @param hostedNames whether the first model answers to the hosted service's names
     */
    public ModelNames(List<ModelCard> models, boolean hostedNames) {
        this.models = List.copyOf(models);
        this.hostedNames = hostedNames;
    }

    List<ModelCard> all() {
        return models;
    }

    Optional<ModelCard> find(String name) {
        for (ModelCard model : models) {
            if (model.id().equals(name) || model.aliases().contains(name)) {
                return Optional.of(model);
            }
        }
        boolean hosted =
                hostedNames
                        && HOSTED.matcher(name).matches()
                        && !OTHER_SERVICES.matcher(name).matches();
        return hosted ? models.stream().findFirst() : Optional.empty();
    }
}
