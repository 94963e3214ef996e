package voluta.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.plan.PlannedStep;
import voluta.session.CompiledGraph;
import voluta.session.StepTime;

/** How long each kernel of a step takes: the median over several runs, one kernel at a time. */
final class KernelTimes {
    private static final int RUNS = 15;

    private final List<Kernel> kernels = new ArrayList<>();

    /**
     * A kernel, or several of one kind.
     *
     * @param path the node's path, or empty for several
     * @param kind the op's name
     * @param implementation what the backend chose, or empty for several
     * @param count how many kernels
     * @param nanos their time
     * @param flops what their mathematics asks for; 0 for those that only move and combine data
     */
    record Kernel(String path, String kind, String implementation, int count, long nanos, long flops) {
        private Kernel plus(Kernel other) {
            return new Kernel("", kind, "", count + other.count, nanos + other.nanos, flops + other.flops);
        }

        double milliseconds() {
            return nanos / 1e6;
        }

        /** Billions of floating-point operations per second; NaN where there are none to speak of. */
        double gflops() {
            return flops == 0 || nanos == 0 ? Double.NaN : flops / (double) nanos;
        }
    }

    private KernelTimes() {}

    static KernelTimes measure(CompiledGraph graph) {
        List<PlannedStep> steps = graph.plan().steps();
        long[][] nanos = new long[steps.size()][RUNS];
        for (int run = 0; run < RUNS; run++) {
            List<StepTime> times = graph.profile(0);
            for (int i = 0; i < nanos.length; i++) nanos[i][run] = times.get(i).nanos();
        }
        KernelTimes result = new KernelTimes();
        for (int i = 0; i < nanos.length; i++) {
            Arrays.sort(nanos[i]);
            PlannedStep s = steps.get(i);
            long flops = s.node() == null ? 0 : Work.flops(s.node());
            result.kernels.add(
                    new Kernel(s.path(), s.kind(), s.kernel().implementation(), 1, nanos[i][RUNS / 2], flops));
        }
        return result;
    }

    /** Every kernel, in the order in which they run. */
    List<Kernel> kernels() {
        return kernels;
    }

    /** One entry per kind of op, the longest first. */
    List<Kernel> kinds() {
        Map<String, Kernel> kinds = new LinkedHashMap<>();
        for (Kernel k : kernels) kinds.merge(k.kind(), k, Kernel::plus);
        return kinds.values().stream()
                .sorted(Comparator.comparingLong(Kernel::nanos).reversed())
                .toList();
    }

    /** All kernels together. */
    long nanos() {
        return kernels.stream().mapToLong(Kernel::nanos).sum();
    }

    /** The kernels that do convolutions, linear layers and matrix products, together. */
    Kernel dense() {
        return kernels.stream().filter(k -> k.flops() > 0).reduce(new Kernel("", "dense", "", 0, 0, 0), Kernel::plus);
    }
}
