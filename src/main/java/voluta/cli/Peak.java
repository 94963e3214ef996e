package voluta.cli;

import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.MatMul;
import voluta.plan.Work;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.session.StepTime;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** What a backend reaches at best: the speed of a large matrix product, where data are used again and again. */
final class Peak {
    private static final int SIZE = 1024;
    private static final double SECONDS = 0.5;
    private static final int MIN_RUNS = 2;

    /** Numbers of all sizes: a device may be faster, or cooler, on zeros. */
    private static final Initializer WAVE = (tensor, name, seed) -> {
        for (long i = 0; i < tensor.type().elements(); i++) tensor.set(i, Math.sin(i));
    };

    private Peak() {}

    /** The highest rate of a matrix product of 1024 rows and columns, in floating-point operations per second. */
    static double flopsPerSecond(Backend backend, Precision precision) {
        GraphBuilder b = new GraphBuilder();
        TensorType square = TensorType.f32(SIZE, SIZE);
        Value left = b.input("left", square), right = b.parameter("right", square, WAVE);
        b.output(
                "product",
                b.add("product", new MatMul(false, false), left, right).output());
        Graph graph = b.build();
        try (Session session = new Session(backend, 0);
                CompiledGraph compiled = session.compile(graph, CompileOptions.of(precision))) {
            HostTensor wave = HostTensor.zeros(square);
            WAVE.fill(wave, "left", 0);
            compiled.feed("left", 0, wave);
            long fastest = Long.MAX_VALUE, begin = System.nanoTime();
            for (int n = 0; n < MIN_RUNS || (System.nanoTime() - begin) / 1e9 < SECONDS; n++) {
                // The product alone: copying its operands to the backend is no part of the peak.
                for (StepTime t : compiled.profile(0))
                    if (t.path().equals("product")) fastest = Math.min(fastest, t.nanos());
            }
            return Work.flops(graph.nodes().get(0)) / (fastest / 1e9);
        }
    }
}
