package tramontane.completion;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.backend.Caller;

/**
 * Maps the {@code model} of a request to a served model.
 *
 * <p>A request may use a model's id, one of its aliases, or the name of one of Mistral's hosted
 * models: a program written for the hosted service needs only another URL. The first served model
 * that generates text answers to the names of chat models, the first embedding model to those of
 * embedding models. Hosted models for moderation or OCR are not mapped.
 */
public final class ModelNames {
    private static final Pattern HOSTED =
            Pattern.compile(
                    "(mistral|ministral|codestral|devstral|magistral|pixtral|open-mistral|open-mixtral"
                            + "|labs-(mistral|devstral|leanstral))-[a-z0-9.-]{1,64}");
    private static final Pattern EMBEDDINGS = Pattern.compile(".*-embed(-.*)?");
    private static final Pattern OTHER_SERVICES =
            Pattern.compile(".*-(moderation|ocr|moderation-.*|ocr-.*)");

    private final Supplier<List<ModelCard>> models;
    private final BooleanSupplier hostedNames;

    /**
     * @param models called at each look-up, because cards change
     * @param hostedNames whether models answer to the names of hosted ones; called at each look-up,
     *     too
     */
    public ModelNames(Supplier<List<ModelCard>> models, BooleanSupplier hostedNames) {
        this.models = models;
        this.hostedNames = hostedNames;
    }

    public List<ModelCard> all() {
        return models.get();
    }

    /**
     * The names for one caller. A caller that is limited to some models sees no others, and the
     * names of hosted models refer to the first of its own.
     */
    public ModelNames visibleTo(Caller caller) {
        if (caller.models().isEmpty()) {
            return this;
        }
        return new ModelNames(() -> visible(caller.models()), hostedNames);
    }

    private List<ModelCard> visible(Collection<String> names) {
        Set<String> ids =
                names.stream()
                        .flatMap(name -> find(name).stream())
                        .map(ModelCard::id)
                        .collect(Collectors.toSet());
        return all().stream().filter(card -> ids.contains(card.id())).toList();
    }

    public Optional<ModelCard> find(String name) {
        List<ModelCard> models = all();
        for (ModelCard model : models) {
            if (model.id().equals(name) || model.aliases().contains(name)) {
                return Optional.of(model);
            }
        }
        boolean hosted =
                hostedNames.getAsBoolean()
                        && HOSTED.matcher(name).matches()
                        && !OTHER_SERVICES.matcher(name).matches();
        boolean embeds = EMBEDDINGS.matcher(name).matches();
        return models.stream()
                .filter(model -> hosted && model.abilities().embeds() == embeds)
                .findFirst();
    }

    /**
     * The model of a request.
     *
     * @throws ApiException if no served model has the name
     */
    public ModelCard require(String name) throws ApiException {
        return find(name)
                .orElseThrow(() ->
                        new ApiException(
                                ErrorCode.INVALID_MODEL, "Invalid model: " + name, "model"));
    }
}
