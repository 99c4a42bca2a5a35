/**
 * Keeps the packed weights of a model in a file, so that the next load reads them instead of
 * packing them again.
 *
 * <ul>
 *   <li>{@link tramontane.packed.PackedPlace} says where such files are.
 *   <li>{@link tramontane.packed.PackedWeights} is the file of one model while it is loaded: what
 *       the file has, and what had to be packed.
 *   <li>{@link tramontane.packed.MatrixKey} names a matrix in it.
 *   <li>{@link tramontane.packed.FirstUse} reads weights that are not needed at once.
 * </ul>
 *
 * <p>A file is written to another name, brought to the disk and renamed, and never written again.
 * So it can be deleted at any time: a process that reads it keeps it.
 *
 * <p>Invariant: weights are used only after their checksum was compared, and only with the layout
 * and the model file that they were packed from. Whatever is wrong with a file costs time, and
 * never an answer.
 */
package tramontane.packed;
