/**
 * From "is there CUDA on this machine" to loaded libraries, and the one check of native results.
 *
 * <p>{@link voluta.backend.cuda.binding.CudaProbe} answers whether CUDA can work here; it asks {@link
 * voluta.backend.cuda.binding.CudaLibraries} (a pure function over a file system: what was looked at, found, refused and
 * why) and {@link voluta.backend.cuda.binding.CudaLoader}, which loads. {@link
 * voluta.backend.cuda.binding.ElfRelinker} fits JCuda's natives to the library versions of the machine. {@link
 * voluta.backend.cuda.binding.CudaCheck} turns every failed native call into an exception with call, code and place.
 *
 * <p>Invariants: no class of jcuda is initialized before {@code libcuda.so.1} was found and loaded. JCuda's own loader
 * takes whatever file of the right name lies in the temporary folder, so it is only ever pointed at a private folder
 * (mode 0700) that holds files written here, and what it loaded is checked afterwards. cuDNN 9 lacks functions that
 * JCudnn offers; calling one ends the JVM, so none is called (a test holds the list). Status numbers of cuDNN 9 are not
 * those of JCudnn's constants: names come from the library itself.
 *
 * <p>{@code VOLUTA_CUDA_SIMULATOR} names the folder of the simulated device (native-kernels/simulator), for tests: then
 * nothing else is looked at, and the result says that it is simulated.
 *
 * <p>Refused: {@code cudnnStatus.stringFor} and JCuda's exceptions (old numbers), and copying the CUDA libraries
 * themselves: they are loaded where they lie. The exception are those that come in a jar
 * ({@code RedistributedLibraries}), which must be unpacked.
 */
package voluta.backend.cuda.binding;
