package voluta.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.nn.Build;
import voluta.nn.Mode;
import voluta.op.Arithmetic;
import voluta.op.Broadcast;
import voluta.op.GatherSamples;
import voluta.op.ImageToTensor;
import voluta.optim.UpdateStep;
import voluta.optim.WeightAverage;
import voluta.tensor.HostTensor;
import voluta.tensor.SamplePlace;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * A description with what surrounds it: makes the forward graph. Immutable.
 *
 * @param pixels what the data's bytes mean, or mean and deviation of signals and volumes, which the graph normalizes too; grey data may go into a network for three channels, which then all get the same
 * @param seed decides dropout masks (the session's seed decides the first weights)
 * @param frozen which paths of layers, and which names of parameters, are not trained: batch normalizations there use
 *     running statistics, and a training graph leaves the parameters as they are
 * @param floats whether the graphs take numbers, {@value #X}, instead of images
 * @param resident the data set on the device from which the graphs take their batches; they are then fed {@value #PLACES}
 */
public record Network(
        NetworkDescription description,
        Pixels pixels,
        long seed,
        Predicate<String> frozen,
        boolean floats,
        Optional<Resident> resident) {
    /**
     * A data set on the device: a value that the session's owner writes.
     *
     * @param name of the value
     * @param samples how many there are
     * @param fill what fills pixels that no image covers, a byte value for each channel; empty for numbers
     */
    public record Resident(String name, int samples, List<Integer> fill) {
        public Resident {
            fill = List.copyOf(fill);
        }
    }

    /** The input that says which samples of a data set on the device make up the batch: i32 {@code [N,8]}, {@link SamplePlace}. */
    public static final String PLACES = "places";

    /** The input of {@link #forward}: u8 {@code [N,H,W,C]}. */
    public static final String IMAGES = "images";

    /** The input of {@link #forwardFloat}: f32 {@code [N,C,...]}. */
    public static final String X = "x";

    private static final String NORMALIZE = "normalize", GATHER = "gather", CENTER = "center", GREY = "grey_to_color";

    /** What layers at the top cannot be named, since a graph has a value of that name beside theirs. */
    static final Set<String> TAKEN = Set.of(
            IMAGES,
            X,
            PLACES,
            Loss.LABELS,
            Loss.TARGETS,
            UpdateStep.STEP,
            UpdateStep.LEARNING_RATE,
            AccumulatedStep.BEGIN,
            WeightAverage.RATE,
            NORMALIZE,
            GATHER,
            CENTER,
            GREY);

    /** The output of the forward graph: f32 {@code [N,classes]} for a network that classifies. */
    public static final String LOGITS = "logits";

    /** Bytes as values from 0 to 1, seed 0, nothing frozen. Takes images if the input is [channels, height, width]. */
    public static Network of(NetworkDescription description) {
        return new Network(
                description,
                Pixels.plain(description.input().get(0)),
                0,
                path -> false,
                description.input().size() != 3,
                Optional.empty());
    }

    public Network withPixels(Pixels p) {
        return new Network(description, p, seed, frozen, floats, resident);
    }

    public Network withSeed(long s) {
        return new Network(description, pixels, s, frozen, floats, resident);
    }

    /**
     * Freezes every layer whose path is accepted, for instance {@code path -> path.startsWith("layer1/")}, and every
     * parameter whose name is, for instance {@code fc.bias}.
     */
    public Network withFrozen(Predicate<String> paths) {
        return new Network(description, pixels, seed, paths, floats, resident);
    }

    /** Whether a parameter is not trained: its name is accepted, or the path of its layer. */
    boolean freezes(String parameter) {
        return frozen.test(parameter) || frozen.test(parameter.substring(0, Math.max(0, parameter.lastIndexOf('.'))));
    }

    /** The same network over numbers, for signals, volumes and values that are normalized already. */
    public Network withFloats() {
        return new Network(description, pixels, seed, frozen, true, resident);
    }

    /** The same network over a data set on the device. */
    public Network withResident(Resident data) {
        return new Network(description, pixels, seed, frozen, floats, Optional.of(data));
    }

    /**
     * The network as a graph with input {@value #IMAGES} or {@value #X} and output {@value #LOGITS}. In training with
     * dropout, it also has the input {@code step}, i64[].
     *
     * @throws voluta.tensor.VolutaException naming the layer that does not fit
     */
    public Graph forward(Mode mode, int batch) {
        GraphBuilder b = new GraphBuilder();
        b.output(LOGITS, add(b, mode, batch));
        return b.build();
    }

    /** The network over numbers: a graph with input {@value #X}, f32 {@code [N,C,...]}, and output {@value #LOGITS}. */
    public Graph forwardFloat(Mode mode, int batch) {
        return withFloats().forward(mode, batch);
    }

    /** The name of the input that holds the samples, or says which they are. */
    public String input() {
        if (resident.isPresent()) return PLACES;
        return floats ? X : IMAGES;
    }

    /** Adds the network to a builder and returns the logits. */
    Value add(GraphBuilder b, Mode mode, int batch) {
        return floats ? addFloats(b, mode, batch) : addImages(b, mode, batch);
    }

    private Value addImages(GraphBuilder b, Mode mode, int batch) {
        List<Integer> in = description.input();
        if (in.size() != 3) {
            throw new ModelException(
                    description.source(),
                    "the network " + description.name() + " takes " + in
                            + ", not images; images need an input [channels, height, width]");
        }
        int channels = in.get(0), given = pixels.channels();
        if (given != channels && given != 1) {
            throw new ModelException(
                    description.source(),
                    "the network " + description.name() + " expects " + channels
                            + " input channels, the data have " + given + "; set input: [" + given + ", " + in.get(1)
                            + ", " + in.get(2) + "] or convert the data");
        }
        Value images = samples(b, IMAGES, TensorType.u8(batch, in.get(1), in.get(2), given));
        Value x = b.add(NORMALIZE, new ImageToTensor(pixels.mean(), pixels.std()), images)
                .output();
        if (given != channels) {
            x = b.add(GREY, new Broadcast(Shape.of(batch, channels, in.get(1), in.get(2))), x)
                    .output();
        }
        return addLayers(b, mode, x);
    }

    private Value addFloats(GraphBuilder b, Mode mode, int batch) {
        long[] dims = new long[description.input().size() + 1];
        dims[0] = batch;
        for (int i = 1; i < dims.length; i++) dims[i] = description.input().get(i - 1);
        return addLayers(b, mode, normalized(b, samples(b, X, TensorType.f32(dims))));
    }

    /** A batch: an input, or gathered from the data on the device. */
    private Value samples(GraphBuilder b, String name, TensorType batch) {
        if (resident.isEmpty()) return b.input(name, batch);
        Resident data = resident.get();
        Value places = b.input(PLACES, TensorType.i32(batch.dim(0), SamplePlace.WORDS));
        Value all = b.data(data.name(), GatherSamples.batch(batch, data.samples()));
        return b.add(GATHER, new GatherSamples(data.fill()), all, places).output();
    }

    /** Signals and volumes come as they were measured; numbers in the place of images are normalized already. */
    private Value normalized(GraphBuilder b, Value x) {
        if (description.input().size() == 3 || pixels.equals(Pixels.plain(pixels.channels()))) return x;
        int channels = description.input().get(0);
        if (pixels.channels() != channels) {
            throw new ModelException(
                    description.source(),
                    "the network " + description.name() + " expects " + channels + " input channels, the data have "
                            + pixels.channels() + "; change the first number of input, or the data");
        }
        long[] dims = new long[x.type().rank()];
        Arrays.fill(dims, 1);
        dims[1] = channels;
        HostTensor shift = HostTensor.zeros(TensorType.f32(dims)), scale = HostTensor.zeros(TensorType.f32(dims));
        for (int c = 0; c < channels; c++) {
            shift.set(c, pixels.mean().get(c));
            scale.set(c, 1 / pixels.std().get(c));
        }
        Value centred = b.add(CENTER, new Arithmetic(Arithmetic.Kind.SUBTRACT), x, b.constant("mean", shift))
                .output();
        return b.add(NORMALIZE, new Arithmetic(Arithmetic.Kind.MULTIPLY), centred, b.constant("scale", scale))
                .output();
    }

    private Value addLayers(GraphBuilder b, Mode mode, Value x) {
        Value y = description.toLayer().apply(new Build(b, mode, seed, frozen), "", x);
        int classes = description.classes();
        if (classes > 0 && (y.type().rank() != 2 || y.type().dim(1) != classes)) {
            LayerDescription last =
                    description.layers().get(description.layers().size() - 1);
            throw new ModelException(
                    y.name(),
                    last.at().orElse(null),
                    "the last layer must give [N," + classes + "], one number for each"
                            + " of the " + classes + " classes, got " + y.type().shape()
                            + "; end with - flatten and - linear: classes");
        }
        return y;
    }
}
