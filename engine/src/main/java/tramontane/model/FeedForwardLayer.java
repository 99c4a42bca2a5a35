package tramontane.model;

/** What a layer has after its attention: one network for all tokens, or experts. */
sealed interface FeedForwardLayer permits FeedForward.Layer, Experts.Layer {}
