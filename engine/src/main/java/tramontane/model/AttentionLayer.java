package tramontane.model;

/** The weights of a layer's attention. */
sealed interface AttentionLayer permits Attention.Layer, LatentAttention.Layer {
    /** The matrix whose result is added to the rows. */
    Linear output();
}
