package voluta.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import voluta.plan.PlannedStep;
import voluta.plan.Work;
import voluta.session.CompiledGraph;
import voluta.session.StepTime;
import voluta.train.StepProfile;

/** How long each kernel of a step takes: the median over several runs, one kernel at a time; and how it is shown. */
final class KernelTimes {
    private static final int RUNS = 15;
    /** So many of the slowest kernels are shown one by one. */
    private static final int SHOWN = 40;

    private final List<Kernel> kernels = new ArrayList<>();

    /**
     * A kernel, or several of one kind.
     *
     * @param path the node's path, or empty for several
     * @param kind the op's name
     * @param implementation what the backend chose, or empty for several
     * @param count how many kernels, each as often as it runs
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
            long flops = s.node() == null ? 0 : graph.passes().count() * Work.flops(s.node());
            result.kernels.add(
                    new Kernel(s.path(), s.kind(), s.kernel().implementation(), 1, nanos[i][RUNS / 2], flops));
        }
        return result;
    }

    /** Of a step of a run that was measured. */
    static KernelTimes of(StepProfile profile) {
        KernelTimes result = new KernelTimes();
        for (StepProfile.Kernel k : profile.kernels()) {
            PlannedStep s = k.step();
            long flops = s.node() == null ? 0 : k.runs() * Work.flops(s.node());
            result.kernels.add(new Kernel(s.path(), s.kind(), s.kernel().implementation(), k.runs(), k.nanos(), flops));
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

    /** A table with a line for each kind of op. */
    void showKinds(Output output) {
        output.line("%n%9s %7s %9s %7s  kind", "ms", "share", "GFLOP/s", "kernels");
        for (Kernel k : kinds()) line(output, k, k.kind());
    }

    /** A table with a line for each of the slowest kernels. */
    void showSlowest(Output output) {
        output.line("%n%9s %7s %9s %7s  kernel", "ms", "share", "GFLOP/s", "");
        kernels.stream()
                .sorted(Comparator.comparingLong(Kernel::nanos).reversed())
                .limit(SHOWN)
                .forEach(k -> line(output, k, k.path() + " = " + k.kind() + " [" + k.implementation() + "]"));
    }

    private void line(Output output, Kernel k, String name) {
        String rate = k.flops() == 0 ? "-" : String.format(Locale.ROOT, "%.1f", k.gflops());
        String count = k.kind().equals(name) ? Integer.toString(k.count()) : "";
        output.line("%9.3f %6.1f%% %9s %7s  %s", k.milliseconds(), 100.0 * k.nanos() / nanos(), rate, count, name);
    }

    /** {@link #kinds} for programs. */
    List<JsonLine> kindRecords() {
        return kinds().stream().map(this::json).toList();
    }

    /** {@link #kernels} for programs. */
    List<JsonLine> kernelRecords() {
        return kernels.stream().map(this::json).toList();
    }

    private JsonLine json(Kernel k) {
        JsonLine line = new JsonLine().put("kind", k.kind());
        if (!k.path().isEmpty()) line.put("path", k.path()).put("implementation", k.implementation());
        return line.put("ms", k.milliseconds())
                .put("share", k.nanos() / (double) nanos())
                .put("gflops", k.flops() == 0 ? null : k.gflops())
                .put("kernels", k.count());
    }
}
