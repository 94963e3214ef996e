package voluta.visualize;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.backend.BackendOptions;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.ModelDescription;
import voluta.checkpoint.RunState;
import voluta.graph.Value;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.nn.Mode;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/** Checkpoints of small networks, for tests. */
public final class Small {
    /** Two convolutions over colour pictures, maps down to 6x5. */
    public static final String TWO_CONVOLUTIONS = """
            name: two
            input: [3, 12, 10]
            classes: 3
            layers:
              - conv: {name: conv1, filters: 4, kernel: 3, padding: 1}
              - tanh
              - max_pool: 2
              - conv: {name: conv2, filters: 5, kernel: 3, padding: 1}
              - relu
              - global_avg_pool
              - flatten
              - linear: {name: fc, units: classes}
            """;

    /** No convolution at all. */
    public static final String FULLY_CONNECTED = """
            name: dense
            input: [1, 6, 6]
            classes: 2
            layers:
              - flatten
              - linear: {units: 8}
              - tanh
              - linear: classes
            """;

    private Small() {}

    /** A checkpoint with first weights drawn for a seed. */
    public static Path save(Path file, String yaml, List<String> classes, long seed) {
        NetworkDescription d = NetworkDescription.parse(yaml, "small.yaml");
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        for (Value v : Network.of(d).forwardFloat(Mode.INFERENCE, 1).sources()) {
            if (v.kind() != Value.Kind.PARAMETER && v.kind() != Value.Kind.STATE) continue;
            HostTensor t = HostTensor.zeros(v.type());
            v.initializer().fill(t, v.name(), seed);
            weights.put(v.name(), t);
        }
        return save(file, yaml, classes, weights);
    }

    /** A checkpoint with these weights; pixels go into the network as values from -1 to 1. */
    public static Path save(Path file, String yaml, List<String> classes, Map<String, HostTensor> weights) {
        NetworkDescription d = NetworkDescription.parse(yaml, "small.yaml");
        int channels = d.input().get(0);
        long[] input = d.input().stream().mapToLong(Integer::longValue).toArray();
        ModelDescription model = new ModelDescription(
                yaml,
                classes,
                Shape.of(input),
                java.util.Collections.nCopies(channels, 0.5),
                java.util.Collections.nCopies(channels, 0.5));
        new Checkpoint(model, new RunState(1, 0, 1, 0, Map.of(), "", Map.of()), weights, Map.of()).save(file);
        return file;
    }

    static Subject open(Path file) {
        return Subject.open(file, "reference", BackendOptions.DEFAULT);
    }

    /** A smooth input that differs everywhere. */
    static HostTensor input(Subject s) {
        Shape shape = Shape.of(
                1, s.channels(), s.imageShape().height(), s.imageShape().width());
        HostTensor x = HostTensor.zeros(voluta.tensor.TensorType.f32(shape));
        for (long i = 0; i < x.type().elements(); i++) x.set(i, (float) Math.sin(0.37 * i + 0.01 * i % 7));
        return x;
    }
}
