package voluta.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.conformance.Difference;
import voluta.conformance.Difference.Kind;
import voluta.conformance.Parity;
import voluta.conformance.ParityReport;
import voluta.graph.Graph;
import voluta.model.NetworkDescription;
import voluta.optim.LossScale;
import voluta.plan.Lowering;

/** Trains the same network on two backends and compares what each layer computes. */
@Command(
        name = "parity",
        header = {"Compare two backends on a network, layer by layer.", ""},
        description = "Trains the same network from the same weights on the same random data on two backends, and"
                + " compares outputs, gradients and weights of each layer in each step. After each comparison the first"
                + " backend goes on with the value of the second, so a wrong kernel shows in its own layer. A difference is"
                + " relative to the largest element of a value; 1e-5 is allowed in f32, 0.03 in bf16, 0.004 in f16, and in the"
                + " root mean square 0.05, 0.3 and 0.1 for gradients through max pooling and through activations fused into"
                + " normalizations, whose kinks rounding decides. Ends with exit code 1 if anything differs by more.",
        footer = {
            "",
            "Examples:",
            "  voluta parity lenet5",
            "  voluta parity resnet20 --backends onednn,reference --steps 5 -b 8 --amp",
            "  voluta parity my-net.yaml --no-fusion --json | tail -n 1"
        })
final class ParityCommand implements Callable<Integer> {
    private static final String ORACLE = "reference";
    /** Where the reference, which has all digits, overflows no more than f16 does: no backend skips a step alone. */
    private static final LossScale SCALE = new LossScale(1024, 2000);

    @Mixin
    private ModelArgument model;

    @Option(
            names = "--backends",
            paramLabel = "A,B",
            split = ",",
            description = "The backend to judge, and the one to judge it by. Default: the best of this machine, and"
                    + " reference.")
    private List<String> backends = List.of(Backends.AUTO, ORACLE);

    @Option(names = "--steps", paramLabel = "N", description = "Steps to train. Default: ${DEFAULT-VALUE}.")
    private int steps = 5;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Images in a step. Default: ${DEFAULT-VALUE}.")
    private int batch = 8;

    @Option(names = "--seed", paramLabel = "N", description = "Decides the first weights. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--no-fusion",
            description = "Run every op by itself, so that there are more values to compare; training joins ops where a"
                    + " backend can.")
    private boolean noFusion;

    @Mixin
    private PrecisionOption precision;

    @Mixin
    private DeviceOption device;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        check();
        NetworkDescription network = model.network();
        try (Backend first = open(backends.get(0));
                Backend second = open(backends.get(1))) {
            Parity parity = new Parity(side(first, network), side(second, network), precision.precision(), seed);
            int classes = Math.max(1, network.classes());
            ParityReport report = parity.run(steps, (graph, step) -> BenchGraph.fill(graph, 0, classes, step));
            layers(report);
            steps(report);
            total(report, network, first, second);
            return report.passed() ? ExitCode.OK : ExitCode.INTERNAL;
        }
    }

    private void check() {
        if (backends.size() != 2) {
            throw output.usage("--backends names %d; name two, such as --backends onednn,%s", backends.size(), ORACLE);
        }
        if (steps < 1) throw output.usage("--steps is %d; use 1 or more", steps);
        if (batch < 1) throw output.usage("--batch-size is %d; use 1 or more", batch);
    }

    private Backend open(String name) {
        Backends.Choice choice = Backends.open(name.strip(), device.options());
        output.note("%s", choice.explanation());
        return choice.backend();
    }

    private Parity.Side side(Backend backend, NetworkDescription network) {
        Precision p = precision.precision();
        UnaryOperator<Graph> lowering =
                g -> noFusion ? Lowering.apply(g, backend, p) : Lowering.forTraining(g, backend, p);
        Optional<LossScale> scaling = p == Precision.F16 ? Optional.of(SCALE) : Optional.empty();
        return new Parity.Side(backend, BenchGraph.training(network, batch, scaling, lowering));
    }

    private void layers(ParityReport report) {
        int width = Math.max(
                5,
                report.layers().stream().mapToInt(r -> r.name().length()).max().orElse(0));
        output.line("largest difference in any step, as a share of the value's own size");
        output.line("%-" + width + "s  %9s %9s %9s", "layer", "output", "gradient", "weight");
        for (ParityReport.Row r : report.layers()) {
            output.line(
                    "%-" + width + "s  %9s %9s %9s%s%s",
                    r.name(),
                    cell(r, Kind.OUTPUT),
                    cell(r, Kind.GRADIENT),
                    cell(r, Kind.WEIGHT),
                    r.passed() ? "" : "  FAIL",
                    r == report.worstLayer() ? "  <- worst" : "");
            JsonLine record = new JsonLine().put("section", "layers").put("layer", r.name());
            for (Kind k : Kind.values())
                record.put(name(k), r.of(k).map(ParityCommand::json).orElse(null));
            output.record(record.put("passed", r.passed()));
        }
    }

    private void steps(ParityReport report) {
        output.line("%n%4s  %9s %9s %9s", "step", "output", "gradient", "weight");
        for (ParityReport.Row r : report.steps()) {
            JsonLine record = new JsonLine().put("section", "steps").put("step", Integer.parseInt(r.name()));
            for (Kind k : Kind.values())
                record.put(name(k), r.of(k).map(ParityCommand::json).orElse(null));
            output.line(
                    "%4s  %9s %9s %9s%s",
                    r.name(),
                    cell(r, Kind.OUTPUT),
                    cell(r, Kind.GRADIENT),
                    cell(r, Kind.WEIGHT),
                    r.passed() ? "" : "  FAIL");
            output.record(record.put("passed", r.passed()));
        }
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static String cell(ParityReport.Row row, Kind kind) {
        return row.of(kind)
                .map(d -> String.format(Locale.ROOT, "%.1e", d.error()))
                .orElse("-");
    }

    private static JsonLine json(Difference d) {
        return new JsonLine()
                .put("value", d.value())
                .put("step", d.step())
                .put("measure", d.measure().name().toLowerCase(Locale.ROOT))
                .put("error", d.error())
                .put("tolerance", d.tolerance())
                .put("implementation", d.implementation());
    }

    private void total(ParityReport report, NetworkDescription network, Backend first, Backend second) {
        Difference worst = report.worst();
        output.line(
                "%nworst: %s of step %d is off by %.1e, %.1e are allowed (%s)",
                worst.value(), worst.step(), worst.error(), worst.tolerance(), worst.implementation());
        output.line(
                "%s, batch %d, %s, %d %s: %s %s %s; %,d values compared in each step, %,d are not on both",
                network.name(),
                batch,
                precision.precision().label(),
                steps,
                steps == 1 ? "step" : "steps",
                first.name(),
                report.passed() ? "agrees with" : "DIFFERS from",
                second.name(),
                report.compared(),
                report.unmatched());
        output.record(new JsonLine()
                .put("section", "total")
                .put("model", network.name())
                .put("backends", List.of(first.name(), second.name()))
                .put("devices", List.of(first.device(), second.device()))
                .put("precision", precision.precision().label())
                .put("batch", batch)
                .put("steps", steps)
                .put("fusion", !noFusion)
                .put("compared", report.compared())
                .put("not_compared", report.unmatched())
                .put("worst_layer", worst.layer())
                .put("worst", json(worst))
                .put("passed", report.passed()));
    }
}
