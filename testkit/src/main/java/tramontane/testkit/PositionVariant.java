package tramontane.testkit;

/** Ways a file can ask for positions to be treated other than plainly. */
public enum PositionVariant {
    PLAIN,
    /** Positions divided by a factor. */
    LINEAR,
    /** Frequencies interpolated by wavelength, rotations scaled. */
    YARN,
    /** A divisor for each frequency, in the tensor {@code rope_freqs.weight}. */
    FREQUENCY_FACTORS,
    /** Each token sees the last few positions only. */
    SLIDING_WINDOW
}
