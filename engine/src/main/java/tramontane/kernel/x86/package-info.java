/**
 * The operations of {@link tramontane.kernel.Kernels} as x86-64 machine code that is emitted at run
 * time.
 *
 * <p>{@code Assembler} encodes instructions, the {@code ...Code} and {@code Avx...} classes emit
 * one kernel each, and the {@code Emitted...} classes check arguments and call the code. {@link
 * tramontane.kernel.x86.NativeKernels} puts them together and inherits the rest from the vector
 * kernels.
 *
 * <p>Invariant: emitted code is compared with {@code ScalarKernels} before its first use, and is
 * not used if a single bit differs.
 */
package tramontane.kernel.x86;
