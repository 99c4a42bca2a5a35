/**
 * Image encoders: from the pixels of a picture to the rows that stand in a prompt in place of token
 * embeddings.
 *
 * <p>{@link tramontane.vision.VisionModel} is loaded from the projector file (mmproj) beside a text
 * model. {@link tramontane.vision.VisionConfig} says what pictures it takes, {@link
 * tramontane.vision.ImageGrid} where the rows of one lie in a prompt.
 *
 * <p>Invariant: the rows of a picture depend on its pixels and on the file alone, to the last bit.
 */
package tramontane.vision;
