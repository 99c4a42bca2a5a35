/**
 * Text to tokens and back, from a model file alone.
 *
 * <pre>
 * spans ─▶ SpecialMatcher ─▶ plain parts ─▶ PreTokenizer ─▶ words ─▶ BpeMerges ────────▶ tokens
 *          special tokens                 └───────────────────────▶ SentencePieceMerges ─▶ tokens
 * </pre>
 *
 * <ul>
 *   <li>{@link tramontane.token.Vocabulary} is the description in the file.
 *   <li>{@link tramontane.token.Tokenizer} encodes: byte-level BPE or SentencePiece's BPE.
 *   <li>{@link tramontane.token.Detokenizer} turns a stream of tokens into text.
 *   <li>{@link tramontane.token.TokenTrie} is the vocabulary as a trie, for constraints.
 *   <li>{@link tramontane.token.MinTokenCount} rejects a text that is too long before it is
 *       encoded.
 * </ul>
 *
 * <p>Invariant: text that is not {@linkplain tramontane.token.Span trusted} never becomes a control
 * token, even if it spells the token's name. Tokens that the file calls user-defined (tags, runs of
 * newlines) are ordinary text in this sense; they are matched everywhere, as in training.
 *
 * <p>Encoding takes time n log n at most: scanners read each code point a fixed number of times,
 * and merges come from a heap. No regular expression ever reads a caller's text.
 */
package tramontane.token;
