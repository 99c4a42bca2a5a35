/**
 * The models that can be used by name, and downloading their files.
 *
 * <p>{@link tramontane.catalog.Catalog} lists the known models and finds their files in the models
 * directory; {@link tramontane.catalog.ModelPuller} downloads one from a model hub, from a package
 * index or from a local path, as a {@link tramontane.catalog.ModelSource} says, and leaves a {@link
 * tramontane.catalog.Manifest} beside it.
 *
 * <pre>
 * models directory:  NAME.gguf             a complete model
 *                    NAME.mmproj.gguf      its image encoder, with a manifest of its own
 *                    NAME.json             its manifest: where it came from, and its sum
 *                    .NAME.checked         its size and time when its sum was last computed
 *                    NAME.gguf.part        an interrupted download, resumed by the next pull
 *                    NAME.gguf.part.json   where it came from
 *                    .NAME.lock            locked while a pull of NAME runs
 *                    *.old, *.damaged      files that were in the way of a pull
 * </pre>
 *
 * <p>Invariant: a file gets its final name only after its size, its SHA-256 sum where one is known,
 * and its GGUF header have been checked. Files of the user are read and never written, linked or
 * deleted; what is in the way in the models directory is renamed.
 */
package tramontane.catalog;
