package tramontane.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import tramontane.model.ModelException;
import tramontane.token.Span;
import tramontane.token.Tokenizer;
import tramontane.vision.ImageGrid;
import tramontane.vision.VisionKind;

/**
 * The tokens that a model reads for a picture. The template writes one placeholder for each.
 *
 * <pre>
 *   PIXTRAL  [IMG]              becomes  [IMG] [IMG] … [IMG_BREAK] [IMG] [IMG] … [IMG_END]
 *   GEMMA3   &lt;start_of_image>   becomes  \n\n &lt;start_of_image> row row … &lt;end_of_image> \n\n
 * </pre>
 *
 * <p>Both are what mistral-common and transformers make.
 *
 * @param placeholder that the template writes
 * @param row stands where the encoder's rows go
 * @param lineEnd between two lines of a picture, and {@code end} after the last
 */
record ImageTokens(
        VisionKind kind, int placeholder, int row, OptionalInt lineEnd, OptionalInt end) {
    private static final String GEMMA_START = "<start_of_image>";
    private static final String GEMMA_END = "<end_of_image>";

    /**
     * Finds them in a vocabulary.
     *
     * @throws ModelException if one is missing
     */
    static ImageTokens of(VisionKind kind, Tokenizer tokenizer) {
        return switch (kind) {
            case PIXTRAL -> {
                int image = token(tokenizer, "[IMG]");
                yield new ImageTokens(
                        kind,
                        image,
                        image,
                        OptionalInt.of(token(tokenizer, "[IMG_BREAK]")),
                        OptionalInt.of(token(tokenizer, "[IMG_END]")));
            }
            case GEMMA3 -> {
                int start = token(tokenizer, GEMMA_START);
                token(tokenizer, GEMMA_END);
                yield new ImageTokens(
                        kind,
                        start,
                        find(tokenizer, "<image_soft_token>").orElse(start),
                        OptionalInt.empty(),
                        OptionalInt.empty());
            }
        };
    }

    private static int token(Tokenizer tokenizer, String text) {
        return find(tokenizer, text)
                .orElseThrow(() ->
                        new ModelException(
                                "the vocabulary has no control token "
                                        + text
                                        + ", which the image encoder needs"));
    }

    private static OptionalInt find(Tokenizer tokenizer, String text) {
        return IntStream.range(0, tokenizer.size())
                .filter(token -> tokenizer.isControl(token) && tokenizer.text(token).equals(text))
                .findFirst();
    }

    /** The text of a prompt with what belongs around a picture. */
    List<Span> around(List<Span> spans) {
        if (kind != VisionKind.GEMMA3) {
            return spans;
        }
        return spans.stream()
                .map(span ->
                        span.trusted()
                                ? new Span(
                                        span.text()
                                                .replace(
                                                        GEMMA_START,
                                                        "\n\n" + GEMMA_START + GEMMA_END + "\n\n"),
                                        true)
                                : span)
                .toList();
    }

    /**
     * A prompt with the places of its pictures.
     *
     * @param firstPositions where each picture's rows begin
     */
    record Placed(int[] tokens, List<Integer> firstPositions) {}

    /** Gives each picture its tokens; empty if there is not one placeholder for each. */
    Optional<Placed> place(int[] tokens, List<ImageGrid> grids) {
        long found = Arrays.stream(tokens).filter(token -> token == placeholder).count();
        if (found != grids.size()) {
            return Optional.empty();
        }
        IntStream.Builder all = IntStream.builder();
        List<Integer> positions = new ArrayList<>();
        int length = 0;
        for (int token : tokens) {
            if (token != placeholder) {
                all.add(token);
                length++;
                continue;
            }
            ImageGrid grid = grids.get(positions.size());
            if (kind == VisionKind.GEMMA3) {
                all.add(token);
                length++;
            }
            positions.add(length);
            for (int offset = 0; offset < grid.positions(); offset++) {
                all.add(grid.isRow(offset) ? row : lineEnd.orElseThrow());
            }
            length += grid.positions();
            if (end.isPresent()) {
                all.add(end.getAsInt());
                length++;
            }
        }
        return Optional.of(new Placed(all.build().toArray(), positions));
    }
}
