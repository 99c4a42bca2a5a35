package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.Sha256;
import tramontane.chat.Chunk;
import tramontane.chat.Message;
import tramontane.engine.GenerationRequest;
import tramontane.engine.PromptImage;
import tramontane.image.FittedSize;
import tramontane.image.ImageException;
import tramontane.image.ImageIntake;
import tramontane.image.ImageSize;
import tramontane.image.Picture;
import tramontane.image.Resampler;
import tramontane.vision.ImageGrid;
import tramontane.vision.ImagePixels;
import tramontane.vision.ImageRows;
import tramontane.vision.VisionConfig;
import tramontane.vision.VisionModel;

/**
 * Reads the pictures of requests for one model. First their headers, which say how many tokens they
 * take; they are decoded and encoded only when the request is within its limits.
 */
final class Sight implements AutoCloseable {
    /** Longest side of a picture with the detail {@code low}. */
    private static final int LOW_SIDE = 512;

    private final VisionModel model;
    private final ImageTokens tokens;
    private final ImageIntake intake;
    private final EncodedImages memory;

    Sight(VisionModel model, ImageTokens tokens, ImageIntake intake, EncodedImages memory) {
        this.model = model;
        this.tokens = tokens;
        this.intake = intake;
        this.memory = memory;
    }

    ImageTokens tokens() {
        return tokens;
    }

    @Override
    public void close() {
        model.close();
    }

    /**
     * A picture whose header was read.
     *
     * @param place of its chunk in the request
     * @param size to which it is resized
     */
    private record Sized(byte[] file, List<Object> place, ImageSize size, ImageGrid grid) {}

    /** A prompt with pictures that are still to be encoded. */
    final class View {
        private final int[] prompt;
        private final List<Integer> positions;
        private final List<Sized> images;

        private View(int[] prompt, List<Integer> positions, List<Sized> images) {
            this.prompt = prompt;
            this.positions = positions;
            this.images = images;
        }

        int[] tokens() {
            return prompt;
        }

        /** Memory that the encoded pictures take. */
        long bytes() {
            long rows = images.stream().mapToLong(image -> image.grid.rows()).sum();
            return rows * model.config().textWidth() * Float.BYTES;
        }

        /** Encodes the pictures that are not kept from an earlier request. */
        List<PromptImage> encode(GenerationRequest.Owner owner) throws ApiException {
            List<PromptImage> encoded = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                encoded.add(new PromptImage(positions.get(i), rows(images.get(i), owner)));
            }
            return encoded;
        }
    }

    /** The headers of a request's pictures. */
    final class Look {
        private final List<Sized> images;

        private Look(List<Sized> images) {
            this.images = images;
        }

        /**
         * Puts the pictures where the template wrote their placeholders.
         *
         * @param counted false if the prompt was cut because it is too long anyway
         */
        View place(int[] prompt, boolean counted) throws ApiException {
            Optional<ImageTokens.Placed> placed =
                    tokens.place(prompt, images.stream().map(Sized::grid).toList());
            if (placed.isEmpty() && counted) {
                throw ApiException.notSupported(
                        "messages", "the model's chat template has no place for one of the images");
            }
            return new View(
                    placed.map(ImageTokens.Placed::tokens).orElse(prompt),
                    placed.map(ImageTokens.Placed::firstPositions).orElse(List.of()),
                    placed.isPresent() ? images : List.of());
        }
    }

    /**
     * Gets the pictures of a request and reads their headers.
     *
     * @throws ApiException with the place of the first one that cannot be read
     */
    Look look(ChatCompletionRequest request) throws ApiException {
        int most = intake.decoder().limits().images();
        int count = request.images().size();
        if (count > most) {
            throw ApiException.notSupported(
                    "messages", "a request may have " + most + " images, this one has " + count);
        }
        List<Sized> images = new ArrayList<>();
        for (int i = 0; i < request.messages().size(); i++) {
            Message message = request.messages().get(i);
            for (int j = 0; j < message.content().size(); j++) {
                if (message.content().get(j) instanceof Chunk.Image image) {
                    List<Object> place =
                            List.of(
                                    "body",
                                    "messages",
                                    i,
                                    message.role().wireName(),
                                    "content",
                                    j,
                                    "image_url");
                    images.add(sized(image, place));
                }
            }
        }
        return new Look(images);
    }

    private Sized sized(Chunk.Image image, List<Object> place) throws ApiException {
        try {
            byte[] file = intake.sources().bytes(image.url());
            ImageSize size = target(intake.decoder().size(file), image);
            return new Sized(file, place, size, model.config().grid(size.width(), size.height()));
        } catch (ImageException e) {
            throw ApiException.wrongValue(place, String.valueOf(e.getMessage()));
        }
    }

    private ImageSize target(ImageSize upright, Chunk.Image image) {
        VisionConfig config = model.config();
        boolean low = image.detail().filter(Chunk.Detail.LOW::equals).isPresent();
        return switch (config.kind()) {
            case PIXTRAL ->
                    FittedSize.of(
                            upright,
                            low ? Math.min(LOW_SIDE, config.imageSize()) : config.imageSize(),
                            config.unit());
            case GEMMA3 -> new ImageSize(config.imageSize(), config.imageSize());
        };
    }

    private Resampler resampler() {
        return switch (model.config().kind()) {
            case PIXTRAL -> Resampler.BICUBIC;
            case GEMMA3 -> Resampler.BILINEAR;
        };
    }

    private ImageRows rows(Sized image, GenerationRequest.Owner owner) throws ApiException {
        EncodedImages.Key key =
                new EncodedImages.Key(
                        owner, Sha256.of(image.file), image.size.width(), image.size.height());
        Optional<ImageRows> kept = memory.find(key);
        if (kept.isPresent()) {
            return kept.get();
        }
        try {
            Picture picture =
                    intake.decoder()
                            .decode(image.file, full -> resampler().resize(full, image.size));
            ImageRows rows =
                    model.embed(new ImagePixels(picture.width(), picture.height(), picture.rgb()));
            memory.keep(key, rows);
            return rows;
        } catch (ImageException e) {
            throw ApiException.wrongValue(image.place, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(
                    ErrorCode.UNAVAILABLE, "The request was ended while its images were encoded.");
        }
    }

    /** Takes the memory of a prompt's pictures until the answer is closed. */
    Completion within(View view, Opening opening) throws ApiException {
        long bytes = view.bytes();
        memory.open(bytes);
        boolean opened = false;
        try {
            Completion completion = opening.open();
            opened = true;
            return new SeeingCompletion(completion, () -> memory.close(bytes));
        } finally {
            if (!opened) {
                memory.close(bytes);
            }
        }
    }

    /** Starts an answer. */
    @FunctionalInterface
    interface Opening {
        Completion open() throws ApiException;
    }
}
