/**
 * The models a user can name, and how their files get onto this machine.
 *
 * <p>{@link tramontane.catalog.Catalog} lists the known models and finds their files in the models
 * directory; {@link tramontane.catalog.ModelPuller} fetches one from a model hub, from a package
 * index or from a local path, as a {@link tramontane.catalog.ModelSource} says, and leaves a {@link
 * tramontane.catalog.Manifest} beside it.
 *
 * <pre>
 * models directory:  NAME.gguf             a whole model, or not there at all
 *                    NAME.json             its manifest: where it came from, and its sum
 *                    .NAME.checked         what it was like when its sum was last worked out
 *                    NAME.gguf.part        a download that was broken off, resumed by the next pull
 *                    NAME.gguf.part.json   where it came from
 *                    .NAME.lock            held while a pull of NAME runs
 *                    *.old, *.damaged      files that were in the way of a pull
 * </pre>
 *
 * <p>Invariant: a file gets its final name only after its size, its SHA-256 sum where one is known,
 * and its GGUF header have been checked. Files of the user are read and never written, linked or
 * deleted; what is in the way in the models directory is renamed.
 */
package tramontane.catalog;
