package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import voluta.backend.AlgorithmCache;
import voluta.backend.DeviceMemoryException;
import voluta.backend.MemoryAccount;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.graph.Node;

/**
 * Chooses among kernels by measuring each alone, once per machine, number of threads and problem; a file keeps what was
 * measured. Reorders that one of them would need in a network are not part of its time.
 */
final class KernelTuning {
    private static final int TURNS = 3, LEAST_RUNS = 2;
    /** How much faster than the first of the candidates another must be: less may be chance. */
    private static final double LEAST_GAIN = 1.05;

    private static final long LEAST_NANOS = 8_000_000;
    /** No zeros, so that nothing is cheap by chance: the bytes of 0.0115 in f32 as in bf16. */
    private static final byte FILL = 0x3c;

    private final AlgorithmCache cache;
    private final String machine;
    private final MemoryAccount account;

    /**
     * @param machine processor, versions and threads: what was measured on another is worth nothing
     * @param account for the memory that measuring takes for a moment
     */
    KernelTuning(AlgorithmCache cache, String machine, MemoryAccount account) {
        this.cache = cache;
        this.machine = machine;
        this.account = account;
    }

    /**
     * The fastest of these kernels for a node, with the times of all in its description.
     *
     * @param candidates the first is taken unless another is faster by more than chance
     * @param problem the node in words: op, types, precision
     */
    OnednnKernel fastest(OnednnContext c, Node node, String problem, List<Supplier<OnednnKernel>> candidates) {
        List<OnednnKernel> kernels = candidates.stream().map(Supplier::get).toList();
        double[] micros = times(c, node, problem, kernels);
        int best = 0;
        for (int i = 1; i < micros.length; i++) {
            if (micros[i] * (best == 0 ? LEAST_GAIN : 1) < micros[best]) best = i;
        }
        StringBuilder how = new StringBuilder(", measured ").append(text(micros[best]));
        for (int i = 0; i < micros.length; i++) {
            if (i != best)
                how.append("; ")
                        .append(kernels.get(i).implementation())
                        .append(' ')
                        .append(text(micros[i]));
        }
        return kernels.get(best).described(how.toString());
    }

    private static String text(double micros) {
        return Double.isInfinite(micros) ? "not tried" : String.format(Locale.ROOT, "%.3f ms", micros / 1e3);
    }

    /** From the file, or measured in turns, so that what disturbs one of them for a while does not decide. */
    private double[] times(OnednnContext c, Node node, String problem, List<OnednnKernel> kernels) {
        double[] micros = new double[kernels.size()];
        Trial[] trials = new Trial[kernels.size()];
        String[] keys = new String[kernels.size()];
        for (int i = 0; i < trials.length; i++) {
            keys[i] = machine + "; " + problem + "; " + kernels.get(i).implementation();
            Optional<AlgorithmCache.Entry> known = cache.get(keys[i]);
            micros[i] = known.map(AlgorithmCache.Entry::micros).orElse(Double.POSITIVE_INFINITY);
            if (known.isEmpty()) trials[i] = trial(c, node, kernels.get(i));
        }
        for (int turn = 0; turn < TURNS; turn++) {
            for (int i = 0; i < trials.length; i++) {
                if (trials[i] != null) micros[i] = Math.min(micros[i], trials[i].micros());
            }
        }
        for (int i = 0; i < trials.length; i++) {
            if (trials[i] == null) continue;
            trials[i].close();
            cache.put(keys[i], new AlgorithmCache.Entry(0, micros[i]));
        }
        return micros;
    }

    /** A trial of a kernel; null if there is no memory for it. */
    private Trial trial(OnednnContext c, Node node, OnednnKernel kernel) {
        List<NativeMemory> taken = new ArrayList<>();
        try {
            return new Trial(c, node, kernel, taken);
        } catch (DeviceMemoryException e) {
            for (NativeMemory m : taken) m.close();
            return null;
        }
    }

    /** One kernel with memory of its own. */
    private final class Trial {
        private final List<NativeMemory> regions;
        private final OnednnExecutable executable;

        Trial(OnednnContext c, Node node, OnednnKernel kernel, List<NativeMemory> regions) {
            this.regions = regions;
            List<Slice> inputs = new ArrayList<>(), outputs = new ArrayList<>();
            for (int i = 0; i < node.inputs().size(); i++) {
                long bytes = kernel.inputLayout(i).bytes(node.input(i).type());
                inputs.add(kernel.reads(i) ? take(bytes) : null);
            }
            for (int o = 0; o < node.outputs().size(); o++) {
                outputs.add(take(kernel.outputLayout(o).bytes(node.output(o).type())));
            }
            Slice context = take(kernel.contextBytes()), scratch = take(kernel.scratchBytes());
            Step step = new Step(node.path(), node, kernel, inputs, outputs, context, scratch);
            executable = new OnednnExecutable(c, new Program(List.of(), List.of(step)));
        }

        private Slice take(long bytes) {
            if (bytes == 0) return null;
            NativeMemory m = new NativeMemory("measuring of kernels", bytes, account);
            regions.add(m);
            m.fill(FILL);
            return new Slice(m, 0, bytes);
        }

        /** The shortest of several runs. */
        double micros() {
            executable.run(0); // the first touches memory and wakes threads
            double least = Double.POSITIVE_INFINITY;
            long begin = System.nanoTime();
            for (int run = 0; run < LEAST_RUNS || System.nanoTime() - begin < LEAST_NANOS; run++) {
                long t = System.nanoTime();
                executable.run(0);
                least = Math.min(least, (System.nanoTime() - t) / 1e3);
            }
            return least;
        }

        void close() {
            executable.close();
            for (NativeMemory m : regions) m.close();
        }
    }
}
