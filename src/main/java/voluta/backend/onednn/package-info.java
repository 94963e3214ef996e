/**
 * The CPU backend: oneDNN through JavaCPP, f32 and bf16.
 *
 * <p>{@link voluta.backend.onednn.OnednnContext} holds engine and stream; {@link voluta.backend.onednn.OnednnTable} says
 * which class prepares which op, one file per op. A file's factory asks oneDNN for a primitive descriptor with layouts
 * {@code any} (compute-bound ops) or with the offered ones (memory-bound ops), and describes the result with an {@link
 * voluta.backend.onednn.OnednnKernel.Builder}; its {@code bind} runs once per program and emits actions: primitives
 * with preset argument arrays, or Java loops over slices. Most kernels are one primitive and say so by {@link
 * voluta.backend.onednn.SinglePrimitive}. Running a program walks that array and allocates nothing.
 *
 * <p>Invariants: a layout is a oneDNN memory descriptor, which includes the storage type, so reorders are also the casts
 * of mixed precision. A descriptor that is row-major in the value's own type is always replaced by {@code Layouts.PLAIN}.
 * Scratchpads are the planner's, never oneDNN's. Reference implementations ({@code ref:any}) are refused for
 * compute-bound ops where another layout has a fast one. Ops that oneDNN lacks are Java loops here over plain f32,
 * shared among {@link voluta.backend.Workers}.
 *
 * <p>Convolutions with 3x3 windows and stride 1 run in a small library of our own ({@link
 * voluta.backend.onednn.Winograd}, sources in native-kernels/cpu), which needs half to a third of the multiplications, in
 * f32 and, where that beats oneDNN's direct bf16, on bf16 images; where it does not load, the direct algorithm serves.
 * Which pass of which layer takes it is a rule, so that equal runs give equal bits; with {@code --autotune}, {@link
 * voluta.backend.onednn.KernelTuning} measures both, once, and keeps the times in a file. In graphs that do not train,
 * weights are transformed in the prologue ({@link voluta.backend.onednn.WinogradWeights}). Convolutions with few channels of the
 * result, as those of lenet5, run there too, with one image in each lane of a vector ({@link
 * voluta.backend.onednn.ImageLanesConvolution}); {@link voluta.backend.onednn.NativeConvolution} is the choice among these and oneDNN.
 *
 * <p>In training in f32, a batch normalization with ReLU that only one of Winograd's convolutions reads is computed where its
 * transforms read ({@link voluta.backend.onednn.NormalizedConvolutionOnednn}): the normalized image is neither written nor kept.
 *
 * <p>The same library ({@link voluta.backend.onednn.NativeKernels}) normalizes batches, with a residual and ReLU6 in the same
 * walks over memory ({@link voluta.backend.onednn.NativeNormalization}), and has the gradient of maximum pooling
 * ({@link voluta.backend.onednn.NativePooling}); without it oneDNN does both. So it is with ReLU and its like
 * ({@link voluta.backend.onednn.NativeClip}), of which oneDNN's make 0 of what is no number: where that is within oneDNN's batch
 * normalization, a look at the statistics finds it. On processors that multiply pairs of bf16, the weights'
 * gradients that are not Winograd's are its dot products ({@link voluta.backend.onednn.WeightDots}). SGD, Adam and norms are its
 * loops over memory ({@link voluta.backend.onednn.NativeUpdates}); without it, Java's.
 *
 * <p>{@code ONEDNN_MAX_CPU_ISA} limits oneDNN and our own kernels alike ({@link voluta.backend.onednn.InstructionSet}); rules of
 * choice have figures of their own for AVX2. Below AVX-512, where oneDNN does not train in bf16, what is asked for in bf16 is
 * prepared in f32, and a warning says so.
 *
 * <p>In inference, batches of networks that memory holds up, such as mobilenet_v2, go through the network a few images at a time,
 * so that values stay in the last cache: {@link voluta.backend.onednn.CacheRows} is the rule for how many. Only numbers of rows
 * follow from the machine's caches; they may choose other algorithms, as other batch sizes do.
 *
 * <p>May use: backend, op; the only room that imports org.bytedeco. Pointers are owned, and freed when their owner is closed, never by
 * the garbage collector: those made while a kernel is prepared are the kernel's, those made while a program is bound the program's
 * (JavaCPP's {@code PointerScope}), layouts' descriptors the context's, and regions are their own.
 */
package voluta.backend.onednn;
