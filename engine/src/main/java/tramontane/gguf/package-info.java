/**
 * Reads GGUF model files, versions 2 and 3.
 *
 * <ul>
 *   <li>{@link tramontane.gguf.GgufFile} opens a file, checks its header and reads tensors.
 *   <li>{@link tramontane.gguf.GgufMetadata} has the key-value pairs of the header.
 *   <li>{@link tramontane.gguf.TensorInfo} describes a tensor.
 * </ul>
 *
 * <p>The package knows the layout of a file, but not the meaning of keys and tensors: that belongs
 * to {@code model} and {@code token}. Files are read and never mapped. The format is described in
 * ggml's {@code docs/gguf.md}.
 *
 * <p>Invariant: a file is untrusted. Every offset, count and size is checked against the size of
 * the file before it is used, memory does not grow beyond the size of the file, and every fault is
 * a {@link tramontane.gguf.GgufException}, never another exception.
 */
package tramontane.gguf;
