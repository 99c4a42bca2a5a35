package tramontane.vision;

/** The families of image encoders. */
public enum VisionKind {
    /**
     * Pixtral and Mistral Small 3.1 and later: pictures of any size, positions in two dimensions,
     * and a break token between two lines of a picture.
     */
    PIXTRAL,
    /** Gemma 3: SigLIP on pictures of one size, pooled to 256 rows. */
    GEMMA3
}
