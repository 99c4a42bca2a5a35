/**
 * Text to tokens and back, from a model file alone: {@link tramontane.token.Vocabulary} is what the
 * file says, {@link tramontane.token.Tokenizer} encodes with it (byte-level BPE and
 * SentencePiece-style merging), {@link tramontane.token.Detokenizer} turns a growing answer into
 * text.
 *
 * <p>Invariant: a control token never comes out of text that is not {@linkplain
 * tramontane.token.Span trusted}, whatever that text spells. Tokens the file calls user-defined
 * (tags, runs of newlines) are ordinary text in this sense and are matched everywhere, as the
 * models were trained.
 *
 * <p>Encoding takes time n log n at worst: pieces are found by scanners that read each code point a
 * fixed number of times, and merges come off a heap. No regular expression ever sees a caller's
 * text.
 */
package tramontane.token;
