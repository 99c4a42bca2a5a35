/**
 * Pictures of requests: from an address to the pixels that a vision model reads.
 *
 * <p>{@link tramontane.image.ImageSources} gives the bytes of a {@code data:} or {@code https}
 * address, {@link tramontane.image.ImageDecoder} decodes them into a {@link
 * tramontane.image.Picture}, and {@link tramontane.image.Resampler} resizes it like Pillow. {@link
 * tramontane.image.FittedSize} says to which size.
 *
 * <p>Invariant: bytes, pixels and time are bounded before anything is decoded, and whatever is
 * wrong with a picture is an {@link tramontane.image.ImageException} with a sentence for the
 * client.
 */
package tramontane.image;
