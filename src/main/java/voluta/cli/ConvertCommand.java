package voluta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.ModelDescription;
import voluta.explain.Matrix;
import voluta.graph.Value;
import voluta.model.Conversion;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.nn.Mode;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/** Replaces layers of a trained network by others that compute the same. */
@Command(
        name = "convert",
        header = {"Turn fully connected layers into convolutions, or back.", ""},
        description = "Turns the fully connected layers of a trained network into convolutions, so that it takes larger"
                + " images too, or its convolutions into fully connected layers. The numbers stay the same but for"
                + " rounding: both networks are run on random input, and the largest difference is shown. Ends with exit"
                + " code 1 if it is more than rounding.",
        footer = {
            "",
            "Examples:",
            "  voluta convert runs/train --to conv --output conv.safetensors",
            "  voluta convert runs/train --to conv --img-size 56 --output large.safetensors",
            "  voluta convert runs/train --to linear --layer conv1 --output dense.safetensors"
        })
final class ConvertCommand implements Callable<Integer> {
    private static final double ROUNDING = 1e-5;

    @Parameters(paramLabel = "CHECKPOINT", description = "A checkpoint, or the folder of a training run.")
    private Path given;

    @Option(names = "--to", paramLabel = "KIND", required = true, description = "conv or linear.")
    private Kind to;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "Where the checkpoint with the other layers is written.")
    private Path file;

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            description = "With --to linear: a convolution to convert; may be given more than once. Default: all.")
    private List<String> layers = List.of();

    @Option(
            names = "--map",
            description = "With --to conv: give the scores at all positions instead of their mean, for use from Java.")
    private boolean map;

    @Option(
            names = "--img-size",
            paramLabel = "N",
            description = "With --to conv: the size of the images that the new network takes. Default: as before.")
    private Integer imageSize;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    private enum Kind {
        CONV,
        LINEAR
    }

    @Override
    public Integer call() {
        if (to == Kind.CONV && !layers.isEmpty()) throw output.usage("--layer is for --to linear; leave it out");
        if (to == Kind.LINEAR && (map || imageSize != null)) {
            throw output.usage("--map and --img-size are for --to conv; leave them out");
        }
        Path from = ModelArgument.weights(given);
        NetworkDescription before = ModelArgument.of(from);
        Checkpoint checkpoint = Checkpoint.load(from);
        Conversion after = to == Kind.CONV
                ? Conversion.toConvolutions(before, checkpoint.weights(), map)
                : Conversion.toFullyConnected(before, checkpoint.weights(), new LinkedHashSet<>(layers));
        NetworkDescription network = resized(after.network());
        double difference = difference(before, checkpoint.weights(), after);
        save(checkpoint, network, after.weights());
        boolean same = difference <= ROUNDING;
        output.line("converted %s; largest difference %s of the largest score", after.converted(), text(difference));
        output.line("written to %s", file);
        output.record(new JsonLine()
                .put("converted", after.converted())
                .put("largest_difference", difference)
                .put("same", same)
                .put("file", file));
        return same ? ExitCode.OK : ExitCode.INTERNAL;
    }

    private static String text(double difference) {
        return Matrix.text(difference);
    }

    private NetworkDescription resized(NetworkDescription network) {
        if (imageSize == null) return network;
        if (imageSize < 1) throw output.usage("--img-size is %d; use 1 or more", imageSize);
        List<Integer> input = new ArrayList<>(network.input());
        for (int d = 1; d < input.size(); d++) input.set(d, imageSize);
        NetworkDescription larger = network.withInput(input);
        Network.of(larger).forwardFloat(Mode.INFERENCE, 1); // says which layer a size does not suit
        return larger;
    }

    private void save(Checkpoint old, NetworkDescription network, Map<String, HostTensor> weights) {
        ModelDescription m = old.model();
        long[] input = network.input().stream().mapToLong(Integer::longValue).toArray();
        ModelDescription model =
                new ModelDescription(network.yaml(), m.classNames(), Shape.of(input), m.mean(), m.std(), m.framing());
        new Checkpoint(model, old.run(), weights, Map.of()).save(file);
    }

    /** The largest difference of the outputs on random input, in parts of the largest output. */
    private double difference(NetworkDescription before, Map<String, HostTensor> weights, Conversion after) {
        Backends.Choice choice = where.open();
        try (Backend backend = choice.backend()) {
            output.note("%s", choice.explanation());
            double[] a = scores(backend, before, weights), b = scores(backend, after.network(), after.weights());
            double most = 0, difference = 0;
            for (int i = 0; i < a.length; i++) {
                most = Math.max(most, Math.abs(a[i]));
                difference = Math.max(difference, Math.abs(a[i] - b[i]));
            }
            return most == 0 ? difference : difference / most;
        }
    }

    private static double[] scores(Backend backend, NetworkDescription network, Map<String, HostTensor> weights) {
        try (Session session = new Session(backend, 0)) {
            CompiledGraph g = session.compile(
                    Network.of(network).forwardFloat(Mode.INFERENCE, 2), CompileOptions.of(Precision.F32));
            weights.forEach((name, tensor) -> {
                if (session.holds(name)) session.write(name, tensor);
            });
            HostTensor x =
                    HostTensor.zeros(g.graph().sources(Value.Kind.INPUT).get(0).type());
            Random random = new Random(1);
            for (long i = 0; i < x.type().elements(); i++) x.set(i, random.nextGaussian());
            g.feed(Network.X, 0, x);
            g.run(0);
            return g.read(Network.LOGITS).toDoubles();
        }
    }
}
