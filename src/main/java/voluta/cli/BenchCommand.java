package voluta.cli;

import java.util.Comparator;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.model.NetworkDescription;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;
import voluta.session.Session;
import voluta.tensor.Bytes;

/** Measures how fast a network trains or infers. */
@Command(
        name = "bench",
        header = {"Measure how fast a network trains or infers.", ""},
        description = "Measures how many images per second a network trains on or classifies, with random data: the"
                + " median over several windows, the time of each kind of op, the share of the machine's speed that"
                + " is reached, and memory. Windows in which other programs disturb are repeated.",
        footer = {
            "",
            "Examples:",
            "  voluta bench lenet5 -b 128",
            "  voluta bench resnet18 --task infer -b 16 --amp --profile",
            "  voluta bench resnet20 -b 128 --json"
        })
final class BenchCommand implements Callable<Integer> {
    @Mixin
    private ModelArgument model;

    @Option(names = "--task", paramLabel = "TASK", description = "train or infer. Default: ${DEFAULT-VALUE}.")
    private Task task = Task.TRAIN;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Images in a step. Default: ${DEFAULT-VALUE}.")
    private int batch = 32;

    @Mixin
    private PrecisionOption precision;

    @Mixin
    private BackendOption where;

    @Option(names = "--windows", paramLabel = "N", description = "Windows to measure. Default: ${DEFAULT-VALUE}.")
    private int windows = 7;

    @Option(names = "--window", paramLabel = "S", description = "Seconds of a window. Default: ${DEFAULT-VALUE}.")
    private double window = 1;

    @Option(names = "--warmup", paramLabel = "S", description = "Seconds of running before. Default: ${DEFAULT-VALUE}.")
    private double warmup = 3;

    @Option(names = "--profile", description = "Also list the slowest kernels one by one.")
    private boolean profile;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        check();
        NetworkDescription network = model.network();
        Backends.Choice choice = where.open();
        Precision p = precision.precision();
        try (Backend backend = choice.backend()) {
            output.note("%s", choice.explanation());
            try (Session session = new Session(backend, 1);
                    CompiledGraph step = session.compile(
                            n -> BenchGraph.of(task, network, n, backend, p), batch, CompileOptions.of(p))) {
                BenchGraph.fill(step, 0, Math.max(1, network.classes()), 1);
                OutputReader result = smallestOutput(step);
                Rates rates = Rates.measure(() -> step.run(0), result::read, windows, window, warmup);
                report(network, backend, step, rates, KernelTimes.measure(step), Peak.flopsPerSecond(backend, p) / 1e9);
            }
        }
        return ExitCode.OK;
    }

    private void check() {
        if (batch < 1) throw output.usage("--batch-size is %d; use 1 or more", batch);
        if (windows < 1) throw output.usage("--windows is %d; use 1 or more", windows);
        if (!(window > 0)) throw output.usage("--window is %s; use more than 0 seconds", window);
        if (!(warmup >= 0)) throw output.usage("--warmup is %s; use 0 seconds or more", warmup);
    }

    /** Reading any output waits for the device; the smallest costs least. */
    private static OutputReader smallestOutput(CompiledGraph step) {
        return step.graph().outputs().entrySet().stream()
                .min(Comparator.comparingLong(e -> e.getValue().type().elements()))
                .map(e -> step.reader(e.getKey()))
                .orElseThrow();
    }

    private void report(
            NetworkDescription network,
            Backend backend,
            CompiledGraph step,
            Rates rates,
            KernelTimes times,
            double peakGflops) {
        double dense = times.dense().gflops();
        OptionalLong resident = Machine.peakResidentMemory();
        output.line(
                "%s, %s, batch %d, %s, backend %s (%s)",
                network.name(), task, batch, precision.precision().label(), backend.name(), backend.device());
        output.line(
                "images/s     %,.1f (%,.1f to %,.1f; windows of %d steps, %d of %d undisturbed)",
                rates.median() * batch,
                rates.least() * batch,
                rates.most() * batch,
                rates.stepsPerWindow(),
                rates.clean(),
                rates.windows());
        output.line("step         %.3f ms; kernels one by one %.3f ms", 1e3 / rates.median(), times.nanos() / 1e6);
        output.line(
                "arithmetic   %.1f GFLOP/s in convolutions and linear layers, %.0f %% of a matrix product's %.1f",
                dense, 100 * dense / peakGflops, peakGflops);
        output.line(
                "memory       plan %s, peak resident %s",
                Bytes.text(step.plan().bytes()), resident.isPresent() ? Bytes.text(resident.getAsLong()) : "not known");
        if (step.passes().count() > 1)
            output.line(
                    "passes       %,d of %,d images each, whose values stay in the cache",
                    step.passes().count(), step.passes().rows());
        times.showKinds(output);
        if (profile) times.showSlowest(output);
        output.record(record(network, backend, step, rates, times, peakGflops)
                .put("peak_resident_bytes", resident.isPresent() ? (Long) resident.getAsLong() : null));
    }

    private JsonLine record(
            NetworkDescription network,
            Backend backend,
            CompiledGraph step,
            Rates rates,
            KernelTimes times,
            double peakGflops) {
        JsonLine record = new JsonLine()
                .put("model", network.name())
                .put("task", task)
                .put("batch", batch)
                .put("precision", precision.precision().label())
                .put("backend", backend.name())
                .put("device", backend.device())
                .put("images_per_s", rates.median() * batch)
                .put("images_per_s_min", rates.least() * batch)
                .put("images_per_s_max", rates.most() * batch)
                .put("ms_per_step", 1e3 / rates.median())
                .put("steps_per_window", rates.stepsPerWindow())
                .put("windows", rates.windows())
                .put("windows_undisturbed", rates.clean())
                .put("kernel_ms", times.nanos() / 1e6)
                .put("gflops", times.dense().gflops())
                .put("peak_gflops", peakGflops)
                .put("plan_bytes", step.plan().bytes())
                .put("passes", step.passes().count())
                .put("kinds", times.kindRecords());
        if (profile) record.put("kernels", times.kernelRecords());
        return record;
    }
}
