/**
 * Reads GGUF model files, versions 2 and 3.
 *
 * <p>{@link tramontane.gguf.GgufFile} opens a file and hands out its {@link
 * tramontane.gguf.GgufMetadata} and its tensors. Nothing is mapped. Only the layout is known here;
 * what a key or a tensor is for belongs to {@code model} and {@code token}. The format is described
 * in ggml's own {@code docs/gguf.md}.
 *
 * <p>Invariant: a file is untrusted. Every offset, count and size is checked against the bytes that
 * are really there before it is used, memory grows no faster than the file, and whatever is wrong
 * is a {@link tramontane.gguf.GgufException}, never another exception.
 */
package tramontane.gguf;
