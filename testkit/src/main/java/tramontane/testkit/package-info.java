/**
 * What tests are made of: {@link tramontane.testkit.GgufWriter} writes model files, {@link
 * tramontane.testkit.TinyModel} is a model of a few hundred kilobytes that walks the whole path
 * from prompt to answer in milliseconds.
 *
 * <p>The writer and the quantisers share no line with the engine, so that they are an independent
 * witness for its reader and its kernels. Weights come from a seed and plain arithmetic: the same
 * {@code TinyModel} is the same file, byte for byte, on every machine, which is why golden answers
 * for it can be committed without the file.
 *
 * <p>Invariant: nothing here is used outside tests and benchmarks, and nothing here uses the
 * engine.
 */
package tramontane.testkit;
