package voluta.visualize;

import java.util.List;
import java.util.Map;
import voluta.autodiff.Differentiator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.model.ReceptiveField;
import voluta.op.Activation;
import voluta.op.AdamStep;
import voluta.op.Arithmetic;
import voluta.op.Convolution;
import voluta.op.GlobalNorm;
import voluta.op.Padding;
import voluta.session.CompiledGraph;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * The input that most excites a filter: gradient ascent, by the engine that trains networks, in which the picture is what is
 * trained (Erhan and others, 2009).
 *
 * <pre>
 * z --border, window--> sigmoid --normalize--> the network up to the layer --> the unit in the middle of a filter's map
 * ^                        |
 * +-- Adam, weight decay   +-- the picture
 * </pre>
 *
 * <p>Without anything against it, ascent ends in noise that excites a filter just as well. Against it are: a window, fed
 * anew each step, that blurs (a Gaussian of {@value #BLUR} pixels that narrows to {@value #SHARP}) and shifts (jitter of up
 * to {@value #JITTER} pixels, the picture continued around its edges), and weight decay (L2) of {@value #DECAY} that draws
 * z to 0, which is grey. The sigmoid keeps the picture between black and white.
 */
final class Excitation implements AutoCloseable {
    static final int STEPS = 40;
    static final double RATE = 0.3;
    static final double DECAY = 0.02;
    static final int JITTER = 2;
    static final double BLUR = 1.5;
    static final double SHARP = 0.5;
    private static final int REACH = JITTER + 4;
    private static final int SMALLEST = 12;
    private static final int LARGEST = 64;
    private static final String WINDOW = "window", CHOICE = "choice", RATE_INPUT = "rate", STEP = "step";
    private static final String PICTURE = "picture", MAPS = "maps";

    private final Subject subject;
    private final int batch;
    private final long seed;
    private final String name;
    private final CompiledGraph graph;
    private final Shape shape;

    /**
     * @param filters how many filters are excited together
     * @param number makes the names of this graph's state different from others'
     */
    Excitation(Subject subject, Layer layer, int filters, long seed, int number) {
        this.subject = subject;
        this.batch = filters;
        this.seed = seed;
        this.name = "excitation" + number;
        Shape whole = Shape.of(
                filters,
                subject.channels(),
                subject.imageShape().height(),
                subject.imageShape().width());
        Shape cut = cut(whole, layer.field());
        Graph made;
        try {
            made = build(layer, cut);
        } catch (ShapeException e) {
            // A layer before this one wants the network's own size.
            cut = whole;
            made = build(layer, cut);
        }
        this.shape = cut;
        this.graph = subject.compile(made);
    }

    /** As much as the unit sees: filters of early layers need no large pictures. */
    private static Shape cut(Shape whole, ReceptiveField field) {
        Shape s = whole;
        for (int d = 0; d < 2; d++) {
            int sees = (int) field.axes().get(d).size();
            s = s.with(2 + d, Math.min(whole.size(2 + d), Math.min(LARGEST, Math.max(SMALLEST, sees))));
        }
        return s;
    }

    private Graph build(Layer layer, Shape shape) {
        Graph forward = subject.forward();
        Value root = forward.sources(Value.Kind.INPUT).get(0);
        Value tip = Subject.node(forward, layer).output(0);
        GraphBuilder b = new GraphBuilder();
        TensorType type = TensorType.f32(shape);
        Value z = b.state(name + ".z", type, Initializer.ZEROS);
        Value picture = picture(b, z);
        b.output(PICTURE, picture);
        Value maps = Graft.add(b, forward, root, tip, normalised(b, picture));
        b.output(MAPS, maps);
        Graph lowered = subject.lowered(b.build());
        return ascent(GraphBuilder.continuing(lowered), lowered, type);
    }

    private Value picture(GraphBuilder b, Value z) {
        int channels = z.type().shape().size(1), side = 2 * REACH + 1;
        List<Integer> border = List.of(REACH, REACH);
        Value padded = b.add("border", new Padding(Padding.Mode.CIRCULAR, 0, border, border), z)
                .output();
        Value window = b.input(WINDOW, TensorType.f32(channels, 1, side, side));
        Value moved = b.add(WINDOW + "ed", Convolution.of2d(1, 0).grouped(channels), padded, window)
                .output();
        return b.add("sigmoid", Activation.of(Activation.Kind.SIGMOID), moved).output();
    }

    /** As {@link voluta.op.ImageToTensor} does it with bytes. */
    private Value normalised(GraphBuilder b, Value picture) {
        int channels = picture.type().shape().size(1);
        HostTensor scale = HostTensor.zeros(TensorType.f32(1, channels, 1, 1));
        HostTensor shift = HostTensor.zeros(scale.type());
        for (int c = 0; c < channels; c++) {
            shift.set(c, subject.value(0, c));
            scale.set(c, subject.value(255, c) - subject.value(0, c));
        }
        Value scaled = b.add("scale", new Arithmetic(Arithmetic.Kind.MULTIPLY), picture, b.constant("range", scale))
                .output();
        return b.add("shift", new Arithmetic(Arithmetic.Kind.ADD), scaled, b.constant("black", shift))
                .output();
    }

    /** The picture is state, not a parameter: what the backend makes of the weights is then made once, not each step. */
    private Graph ascent(GraphBuilder b, Graph lowered, TensorType type) {
        Value z = lowered.sources().stream()
                .filter(v -> v.name().equals(name + ".z"))
                .findFirst()
                .orElseThrow();
        Value mean = b.state(name + ".mean", type, Initializer.ZEROS);
        Value square = b.state(name + ".square", type, Initializer.ZEROS);
        Value maps = lowered.output(MAPS);
        Value choice = b.input(CHOICE, maps.type());
        Value gradient =
                Differentiator.gradients(b, Map.of(maps, choice), List.of(z)).get(z);
        Value norm = b.add("norm", new GlobalNorm(1), gradient).output();
        Value rate = b.input(RATE_INPUT, TensorType.f32());
        Value step = b.input(STEP, new TensorType(DType.I64, Shape.SCALAR));
        b.add("ascent", new AdamStep(1, 0.9, 0.999, 1e-8, DECAY, true), z, gradient, mean, square, rate, step, norm);
        return b.build();
    }

    /** Excites filters, as many as this was made for; of fewer, the last is taken again and left out of the result. */
    List<Visualization.Excited> of(List<Integer> wanted) {
        HostTensor zero = HostTensor.zeros(TensorType.f32(shape));
        subject.write(name + ".mean", zero);
        subject.write(name + ".square", zero);
        HostTensor first = HostTensor.zeros(zero.type());
        // All begin with the same noise, so that what differs comes from the filters.
        HostTensor noise = Noise.normal(TensorType.f32(shape.with(0, 1)), "excitation", seed);
        long one = noise.type().elements();
        for (long i = 0; i < first.type().elements(); i++) first.set(i, 0.2 * noise.get(i % one));
        subject.write(name + ".z", first);
        HostTensor choice = HostTensor.zeros(graph.graph().output(MAPS).type());
        for (int n = 0; n < batch; n++) choice.set(middle(choice.shape(), n, filter(wanted, n)), -1);
        graph.feed(CHOICE, 0, choice);
        run(0, 1, 0, 0, SHARP);
        HostTensor before = Subject.read(graph, MAPS);
        for (int s = 0; s < STEPS; s++) {
            int down = Noise.shift(seed, "jitter", s, 0, JITTER), right = Noise.shift(seed, "jitter", s, 1, JITTER);
            run(RATE, s + 1, down, right, BLUR + (SHARP - BLUR) * s / (STEPS - 1));
        }
        run(0, STEPS + 1, 0, 0, SHARP);
        HostTensor pictures = Subject.read(graph, PICTURE), after = Subject.read(graph, MAPS);
        return java.util.stream.IntStream.range(0, Math.min(batch, wanted.size()))
                .mapToObj(n -> new Visualization.Excited(
                        wanted.get(n),
                        picture(pictures, n),
                        before.get(middle(before.shape(), n, wanted.get(n))),
                        after.get(middle(after.shape(), n, wanted.get(n)))))
                .toList();
    }

    /** The index of the unit in the middle of a map. */
    private static long middle(Shape s, int sample, int filter) {
        return (((long) sample * s.dim(1) + filter) * s.dim(2) + s.dim(2) / 2) * s.dim(3) + s.dim(3) / 2;
    }

    private static int filter(List<Integer> wanted, int n) {
        return wanted.get(Math.min(n, wanted.size() - 1));
    }

    private HostTensor picture(HostTensor all, int n) {
        int elements = Math.toIntExact(shape.product(1, 4));
        double[] values = new double[elements];
        for (int i = 0; i < elements; i++) values[i] = all.get((long) n * elements + i);
        return HostTensor.f64(Shape.of(shape.dim(1), shape.dim(2), shape.dim(3)), values);
    }

    private void run(double rate, int step, int down, int right, double blur) {
        graph.feed(RATE_INPUT, 0, HostTensor.zeros(TensorType.f32()).fill(rate));
        HostTensor number = HostTensor.zeros(new TensorType(DType.I64, Shape.SCALAR));
        number.set(0, step);
        graph.feed(STEP, 0, number);
        graph.feed(WINDOW, 0, window(down, right, blur));
        graph.run(0);
    }

    /** A shifted Gaussian for each channel, with sum 1. */
    private HostTensor window(int down, int right, double blur) {
        int side = 2 * REACH + 1, channels = shape.size(1);
        HostTensor w = HostTensor.zeros(TensorType.f32(channels, 1, side, side));
        double sum = 0;
        for (int i = 0; i < side * side; i++) sum += bell(i, down, right, blur);
        for (int i = 0; i < channels * side * side; i++) w.set(i, bell(i % (side * side), down, right, blur) / sum);
        return w;
    }

    private static double bell(int i, int down, int right, double blur) {
        int side = 2 * REACH + 1;
        double y = i / side - REACH - down, x = i % side - REACH - right;
        return StrictMath.exp(-(y * y + x * x) / (2 * blur * blur));
    }

    @Override
    public void close() {
        graph.close();
    }
}
