package tramontane.engine;

import tramontane.vision.ImageRows;

/**
 * A picture in a prompt. Its rows take the places that its grid describes, from {@code
 * firstPosition} on; the token ids that the prompt has there are ignored, except that logprobs and
 * penalties of a prompt see them. By custom they are the placeholder token of the model ([IMG]).
 * Break tokens between lines, and tokens before and after the picture, are ordinary tokens.
 */
public record PromptImage(int firstPosition, ImageRows image) {
    public PromptImage {
        if (firstPosition < 0) {
            throw new IllegalArgumentException("a picture at position " + firstPosition);
        }
    }

    /** True if a row of the picture stands at this position of the prompt. */
    boolean isRow(int position) {
        return image.grid().isRow(position - firstPosition);
    }

    /** The position behind the last row. */
    public int end() {
        return firstPosition + image.grid().positions();
    }
}
