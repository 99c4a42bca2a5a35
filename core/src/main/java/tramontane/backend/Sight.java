package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
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
 *
 * <p>Fetching and encoding take seconds to minutes, so they have threads of their own: a request's
 * thread may hold the turn in which it is parsed, and must notice a client that leaves.
 */
final class Sight implements AutoCloseable {
    /** Longest side of a picture with the detail {@code low}. */
    private static final int LOW_SIDE = 512;

    private final VisionModel model;
    private final ImageTokens tokens;
    private final ImageIntake intake;
    private final EncodedImages memory;

    /** Work that was started and has not ended. */
    private final Set<FutureTask<?>> working = ConcurrentHashMap.newKeySet();

    /** Held while a prompt is written whose pictures were fetched, since that takes a core. */
    private final ReentrantLock writing = new ReentrantLock(true);

    private volatile boolean ended;

    Sight(VisionModel model, ImageTokens tokens, ImageIntake intake, EncodedImages memory) {
        this.model = model;
        this.tokens = tokens;
        this.intake = intake;
        this.memory = memory;
    }

    ImageTokens tokens() {
        return tokens;
    }

    /** As for the text model. */
    Optional<String> awaitPacked() throws InterruptedException {
        return model.awaitPacked();
    }

    /** Ends all work, and each later one at once. */
    void endAnswers() {
        ended = true;
        working.forEach(task -> task.cancel(true));
    }

    @Override
    public void close() {
        endAnswers();
        model.close();
        memory.forget(model);
    }

    /** Starts work on a thread of its own. */
    private <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task =
                new FutureTask<>(work) {
                    @Override
                    protected void done() {
                        working.remove(this);
                    }
                };
        working.add(task);
        if (ended) {
            task.cancel(true);
        }
        // Not a virtual thread: encoding computes, and would occupy a carrier.
        Thread.ofPlatform().daemon().name("tramontane-images").start(task);
        return task;
    }

    /**
     * A picture of a request.
     *
     * @param place of its chunk
     */
    private record Asked(Chunk.Image image, List<Object> place) {
        ApiException refused(ImageException cause) {
            return ApiException.wrongValue(place, String.valueOf(cause.getMessage()));
        }
    }

    private static List<Asked> asked(ChatCompletionRequest request) {
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < request.messages().size(); i++) {
            Message message = request.messages().get(i);
            for (int j = 0; j < message.content().size(); j++) {
                if (message.content().get(j) instanceof Chunk.Image image) {
                    String role = message.role().wireName();
                    asked.add(
                            new Asked(
                                    image,
                                    List.of(
                                            "body",
                                            "messages",
                                            i,
                                            role,
                                            "content",
                                            j,
                                            "image_url")));
                }
            }
        }
        return asked;
    }

    /**
     * A picture whose header was read.
     *
     * @param size to which it is resized
     */
    private record Sized(Asked asked, byte[] file, ImageSize size, ImageGrid grid) {}

    /** A prompt with pictures that are still to be encoded. */
    final class View {
        private final int[] prompt;
        private final List<Integer> positions;
        private final List<Sized> images;
        private final Runnable release;

        private View(int[] prompt, List<Integer> positions, List<Sized> images, Runnable release) {
            this.release = release;
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
        private List<PromptImage> encode(GenerationRequest.Owner owner)
                throws ApiException, InterruptedException {
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
        private final Runnable release;

        /**
         * @param release called when the files are not needed any more
         */
        private Look(List<Sized> images, Runnable release) {
            this.images = images;
            this.release = release;
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
                    placed.isPresent() ? images : List.of(),
                    release);
        }
    }

    /**
     * True if pictures of a request must be fetched.
     *
     * @throws ApiException if there are too many, or one may not be fetched
     */
    boolean mustFetch(ChatCompletionRequest request) throws ApiException {
        List<Asked> asked = asked(request);
        int most = intake.decoder().limits().images();
        if (asked.size() > most) {
            throw ApiException.notSupported(
                    "messages",
                    "a request may have " + most + " images, this one has " + asked.size());
        }
        boolean any = false;
        for (Asked each : asked) {
            try {
                any |= intake.sources().mustFetch(each.image.url());
            } catch (ImageException e) {
                throw each.refused(e);
            }
        }
        return any;
    }

    /** Goes on with a request whose pictures were fetched. */
    @FunctionalInterface
    interface Looked {
        Completion at(Look look) throws ApiException;
    }

    /**
     * Fetches the pictures of a request.
     *
     * @throws ApiException if the memory for them is used up
     */
    Completion fetch(ChatCompletionRequest request, Looked next) throws ApiException {
        List<Asked> asked = asked(request);
        int maxBytes = intake.decoder().limits().bytes();
        EncodedImages.Share share = memory.openFiles((long) maxBytes * asked.size());
        return new DeferredCompletion<>(
                start(() -> {
                    List<Sized> sized = new ArrayList<>();
                    long bytes = 0;
                    for (Asked each : asked) {
                        sized.add(sized(each));
                        bytes += sized.getLast().file.length;
                    }
                    share.shrink(bytes);
                    return new Look(sized, share::close);
                }),
                look -> {
                    writing.lockInterruptibly();
                    try {
                        return next.at(look);
                    } finally {
                        writing.unlock();
                    }
                },
                share::close,
                0);
    }

    /**
     * Reads the headers of pictures that are in the request.
     *
     * @throws ApiException with the place of the first one that cannot be read
     */
    Look look(ChatCompletionRequest request) throws ApiException {
        List<Sized> images = new ArrayList<>();
        try {
            for (Asked each : asked(request)) {
                images.add(sized(each));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("nothing is fetched here", e);
        }
        return new Look(images, () -> {});
    }

    private Sized sized(Asked asked) throws ApiException, InterruptedException {
        try {
            byte[] file = intake.sources().bytes(asked.image.url());
            ImageSize size = target(intake.decoder().size(file), asked.image);
            return new Sized(asked, file, size, model.config().grid(size.width(), size.height()));
        } catch (ImageException e) {
            throw asked.refused(e);
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

    private ImageRows rows(Sized image, GenerationRequest.Owner owner)
            throws ApiException, InterruptedException {
        EncodedImages.Key key =
                new EncodedImages.Key(
                        model,
                        owner,
                        Sha256.of(image.file),
                        image.size.width(),
                        image.size.height());
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
            if (!ended) {
                memory.keep(key, rows);
            }
            return rows;
        } catch (ImageException e) {
            throw image.asked.refused(e);
        }
    }

    /**
     * Encodes the pictures of a prompt, whose memory is taken until the answer is closed.
     *
     * @throws ApiException if it is used up
     */
    Completion encode(
            View view,
            GenerationRequest.Owner owner,
            DeferredCompletion.Next<List<PromptImage>> next)
            throws ApiException {
        EncodedImages.Share share = memory.open(view.bytes());
        return new DeferredCompletion<>(
                start(() -> {
                    List<PromptImage> encoded = view.encode(owner);
                    view.release.run();
                    return encoded;
                }),
                next,
                share::close,
                view.prompt.length);
    }
}
