/**
 * {@link tramontane.kernel.choice.KernelChoice} picks the {@link tramontane.kernel.Kernels} of this
 * process: the fastest ones that the machine can run.
 *
 * <p>Invariant: the choice changes the speed and never a result.
 */
package tramontane.kernel.choice;
