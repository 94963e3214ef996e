/**
 * The CUDA backend, under construction: no provider is registered yet, so no command offers it.
 *
 * <p>What is here: {@link voluta.backend.cuda.binding} finds and loads the libraries of the machine and checks native
 * results; {@link voluta.backend.cuda.memory} hands device memory out of a few large allocations. Both can be tested
 * without a GPU. Ops will be one file each in this package.
 *
 * <p>May use: backend, op; the only room that imports jcuda.
 */
package voluta.backend.cuda;
