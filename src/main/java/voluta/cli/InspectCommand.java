package voluta.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.checkpoint.Checkpoint;
import voluta.explain.Theme;
import voluta.explain.diagram.NetworkDiagram;
import voluta.graph.Graph;
import voluta.model.DenseComparison;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.PracticalGuide;
import voluta.plan.ExecutionPlan;
import voluta.plan.Passes;
import voluta.plan.PlanOptions;
import voluta.plan.PlannedStep;
import voluta.plan.PlannedValue;
import voluta.plan.Planner;
import voluta.tensor.Bytes;
import voluta.tensor.VolutaException;
import voluta.train.TrainingConfig;

/** Shows what a network consists of, what it costs, and how it would be run. */
@Command(
        name = "inspect",
        header = {"Show a network layer by layer, its costs and its execution plan.", ""},
        description =
                "Shows a network layer by layer: output shape, parameters, multiply-adds, receptive field, and the shape of"
                        + " each normalization's mean and variance. Beside the receptive field stand the stride of the"
                        + " layer's grid over the input, where the field of its first unit starts, and where that field's"
                        + " centre lies (offset). Then come remarks by the practical guide (sizes divisible by 2 before"
                        + " each pooling, filters of 3 or 5, zero padding that keeps the size, max pooling by 2), each"
                        + " with the change to make. Of a checkpoint, also where its run stands. With --plan, how a backend"
                        + " would run it and what memory that takes.",
        footer = {
            "",
            "Examples:",
            "  voluta inspect lenet5",
            "  voluta inspect vgg-small --compare-mlp",
            "  voluta inspect my-net.yaml --img-size 64 --num-classes 5",
            "  voluta inspect resnet50 --diagram resnet50.svg",
            "  voluta inspect runs/train/weights/best.safetensors",
            "  voluta inspect resnet18 --plan --task train -b 16 --amp"
        })
final class InspectCommand implements Callable<Integer> {
    private static final int LARGEST = 10;
    private static final List<String> LAYERS_APART = List.of("freeze", "param-group", "layer-decay");

    @Mixin
    private ModelArgument model;

    @Option(
            names = "--compare-mlp",
            description =
                    "Also show each convolution beside the fully connected layer that would compute the same maps: parameters"
                            + " and multiply-adds.")
    private boolean compareMlp;

    @Option(
            names = "--diagram",
            paramLabel = "FILE",
            description =
                    "Also draw the network into this SVG file: layers, blocks, residual arcs, shapes, parameters.")
    private Path diagram;

    @Option(
            names = "--theme",
            paramLabel = "THEME",
            description = "Colours of the diagram: light or dark. Default: as the reader's system has it.")
    private Theme theme;

    @Option(names = "--plan", description = "Also print the execution plan: kernels in order, layouts and memory.")
    private boolean plan;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "What the plan is for: train or infer. Default: ${DEFAULT-VALUE}.")
    private Task task = Task.TRAIN;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Images in a step of the plan. Default: ${DEFAULT-VALUE}.")
    private int batch = 32;

    @Mixin
    private PrecisionOption precision;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (theme != null && diagram == null) throw output.usage("--theme is for --diagram; add it, or leave it out");
        if (batch < 1) throw output.usage("--batch-size is %d; use 1 or more", batch);
        NetworkDescription network = model.network();
        if (diagram != null) draw(network);
        model.checkpoint().ifPresent(file -> run(file, Checkpoint.describe(file)));
        ModelSummary summary = ModelSummary.of(Network.of(network));
        layers(network, summary);
        if (plan) plan(network);
        return ExitCode.OK;
    }

    private void draw(NetworkDescription network) {
        String svg = NetworkDiagram.svg(Network.of(network), Optional.ofNullable(theme));
        ResultFile.write(diagram, svg.getBytes(StandardCharsets.UTF_8));
        output.line("diagram written to %s", diagram);
        output.record(new JsonLine().put("section", "diagram").put("file", diagram));
    }

    private void run(Path file, Checkpoint.Description checkpoint) {
        var run = checkpoint.run();
        Map<String, Double> metrics = new TreeMap<>(run.metrics());
        output.line(
                "checkpoint after %d epochs and %d samples, %d steps", run.epoch(), run.samplesIntoEpoch(), run.step());
        metrics.forEach((name, value) -> output.line("  %-22s %.5g", name, value));
        output.line(
                "  %-22s %s", "classes", String.join(", ", checkpoint.model().classNames()));
        output.line(
                "  %-22s mean %s, deviation %s",
                "normalization", checkpoint.model().mean(), checkpoint.model().std());
        Map<String, String> rates = rates(file, run.arguments());
        rates.forEach((option, value) -> output.line("  %-22s %s", option, value));
        output.record(new JsonLine()
                .put("section", "checkpoint")
                .put("epoch", run.epoch())
                .put("samples_into_epoch", run.samplesIntoEpoch())
                .put("step", run.step())
                .put("metrics", metrics)
                .put("class_names", checkpoint.model().classNames())
                .put("mean", checkpoint.model().mean())
                .put("std", checkpoint.model().std())
                .put("layers_apart", rates));
    }

    /** The options by which layers were trained otherwise than the rest, where they were set. */
    private Map<String, String> rates(Path file, String arguments) {
        Map<String, String> set = new LinkedHashMap<>();
        try {
            Map<String, String> values = TrainingConfig.DEFAULTS
                    .withText(arguments, file + " (its options)")
                    .values();
            for (String option : LAYERS_APART) if (values.get(option) != null) set.put(option, values.get(option));
        } catch (VolutaException e) {
            output.note("note: %s", e.getMessage());
        }
        return set;
    }

    private void layers(NetworkDescription network, ModelSummary summary) {
        String classes = network.classes() == 0 ? "" : String.format(Locale.ROOT, ", %d classes", network.classes());
        output.line("%s, input %s%s", network.name(), network.input(), classes);
        output.text(summary.table());
        for (ModelSummary.Row r : summary.rows()) {
            output.record(new JsonLine()
                    .put("section", "layers")
                    .put("path", r.path())
                    .put("kind", r.kind())
                    .put("source", r.source().orElse(null))
                    .put("output_shape", dims(r))
                    .put("parameters", r.parameters())
                    .put("multiply_adds", r.multiplyAdds())
                    .put("receptive_field", r.field().map(f -> f.sizes()).orElse(null))
                    .put("jump", r.field().flatMap(f -> f.jumps()).orElse(null))
                    .put("start", r.field().map(f -> f.starts()).orElse(null))
                    .put("offset", r.field().map(f -> f.offsets()).orElse(null))
                    .put("statistics", r.statistics().orElse(null)));
        }
        if (compareMlp) compare(network, summary);
        guide(network);
        output.record(new JsonLine()
                .put("section", "total")
                .put("model", network.name())
                .put("input", network.input())
                .put("classes", network.classes())
                .put("parameters", summary.parameters())
                .put("multiply_adds", summary.multiplyAdds())
                .put("activations", summary.activations())
                .put("dense_parameters", summary.denseParameters()));
    }

    private void compare(NetworkDescription network, ModelSummary summary) {
        DenseComparison comparison = DenseComparison.of(Network.of(network));
        output.line("%nconvolutions beside fully connected layers that would compute the same maps:");
        output.text(comparison.table());
        output.line(
                "the whole network: %,d parameters; fully connected %s, %,.1f times as many",
                summary.parameters(),
                DenseComparison.text(summary.denseParameters()),
                summary.denseParameters() / (double) Math.max(1, summary.parameters()));
        for (DenseComparison.Row r : comparison.rows()) {
            output.record(new JsonLine()
                    .put("section", "compare_mlp")
                    .put("path", r.path())
                    .put("pointwise", r.pointwise())
                    .put("parameters", r.parameters())
                    .put("multiply_adds", r.multiplyAdds())
                    .put("dense_parameters", r.denseParameters())
                    .put("dense_multiply_adds", r.denseMultiplyAdds()));
        }
    }

    private void guide(NetworkDescription network) {
        List<PracticalGuide.Remark> remarks = PracticalGuide.of(Network.of(network));
        output.line(remarks.isEmpty() ? "%npractical guide: nothing to remark" : "%npractical guide:");
        for (PracticalGuide.Remark r : remarks) {
            output.line("  %s", r);
            output.record(new JsonLine()
                    .put("section", "guide")
                    .put("path", r.path())
                    .put("source", r.source().orElse(null))
                    .put("rule", r.rule().word())
                    .put("problem", r.problem())
                    .put("change", r.change()));
        }
    }

    private static List<Long> dims(ModelSummary.Row row) {
        return java.util.Arrays.stream(row.output().dims()).boxed().toList();
    }

    private void plan(NetworkDescription network) {
        Backends.Choice choice = where.open();
        try (Backend backend = choice.backend()) {
            output.note("%s", choice.explanation());
            Precision p = precision.precision();
            Graph graph = BenchGraph.of(task, network, batch, backend, p);
            Passes passes = Passes.of(backend, graph, batch, p);
            if (passes.count() > 1) graph = BenchGraph.of(task, network, passes.rows(), backend, p);
            ExecutionPlan made = Planner.plan(backend, graph, PlanOptions.of(p));
            try {
                show(made, passes, backend);
            } finally {
                made.prologue().forEach(InspectCommand::close);
                made.steps().forEach(InspectCommand::close);
            }
        }
    }

    private static void close(PlannedStep step) {
        step.kernel().close();
    }

    private void show(ExecutionPlan made, Passes passes, Backend backend) {
        output.line("%nplan: %s, batch %d, backend %s (%s)", task, batch, backend.name(), backend.device());
        if (passes.count() > 1)
            output.line("%,d passes of %,d images each, whose values stay in the cache", passes.count(), passes.rows());
        output.text(made.text());
        output.line("%nmemory: %s", Bytes.text(made.bytes()));
        JsonLine regions = new JsonLine();
        made.regions().forEach((kind, bytes) -> {
            String name = kind.name().toLowerCase(Locale.ROOT);
            output.line("  %-12s %s", name, Bytes.text(bytes));
            regions.put(name, bytes);
        });
        output.line("largest values:");
        List<PlannedValue> largest = made.largest(LARGEST);
        for (PlannedValue v : largest)
            output.line("  %-12s %s", Bytes.text(v.placement().bytes()), v.value());
        output.record(new JsonLine()
                .put("section", "plan")
                .put("task", task)
                .put("batch", batch)
                .put("precision", made.precision().label())
                .put("backend", backend.name())
                .put("passes", passes.count())
                .put("steps", made.steps().size())
                .put("bytes", made.bytes())
                .put("regions", regions)
                .put(
                        "largest",
                        largest.stream()
                                .map(v -> new JsonLine()
                                        .put("value", v.value().name())
                                        .put("bytes", v.placement().bytes()))
                                .toList())
                .put("text", made.text()));
    }
}
