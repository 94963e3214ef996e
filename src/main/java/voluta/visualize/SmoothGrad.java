package voluta.visualize;

import java.util.List;
import java.util.Map;
import voluta.autodiff.Differentiator;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.model.Network;
import voluta.op.Reduction;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * The mean of a score's gradients over pictures that differ from one by noise (Smilkov and others, 2017): what changes from
 * one such picture to the next is no property of the picture.
 */
final class SmoothGrad implements AutoCloseable {
    private static final String SCORE_GRADIENT = "score_gradient";
    private static final String MEAN = "mean_gradient";

    private final CompiledGraph graph;
    private final int batch;
    private final int classes;
    private final long seed;

    /** @param batch how many noisy pictures are computed together */
    SmoothGrad(Subject subject, int batch, long seed) {
        this.batch = batch;
        this.seed = seed;
        this.classes = subject.classNames().size();
        Subject.Trunk t = subject.trunk(batch, List.of());
        GraphBuilder b = t.builder();
        Value score = b.input(SCORE_GRADIENT, TensorType.f32(batch, classes));
        Value gradient = Differentiator.gradients(b, Map.of(t.logits(), score), List.of(t.x()))
                .get(t.x());
        b.output(
                MEAN,
                b.add(MEAN, new Reduction(Reduction.Kind.MEAN, List.of(0), true), gradient)
                        .output());
        graph = subject.compile(b.build());
    }

    /**
     * The mean gradient, {@code [1,C,H,W]}.
     *
     * @param samples how many noisy pictures; rounded up to whole batches
     * @param noise standard deviation of the noise, as a part of the range of the input's values
     */
    HostTensor of(HostTensor x, int target, int samples, double noise) {
        double[] given = x.toDoubles();
        double low = Double.POSITIVE_INFINITY, high = Double.NEGATIVE_INFINITY;
        for (double v : given) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        HostTensor scores = HostTensor.zeros(TensorType.f32(batch, classes));
        for (int n = 0; n < batch; n++) scores.set((long) n * classes + target, 1);
        graph.feed(SCORE_GRADIENT, 0, scores);
        HostTensor noisy = HostTensor.zeros(TensorType.f32(x.shape().with(0, batch)));
        int batches = (samples + batch - 1) / batch;
        double[] sum = new double[given.length];
        for (int i = 0; i < batches; i++) {
            for (int n = 0; n < batch; n++) {
                double[] normal = Noise.normal(x.type(), "smoothgrad/" + (i * batch + n), seed)
                        .toDoubles();
                for (int p = 0; p < given.length; p++) {
                    noisy.set((long) n * given.length + p, given[p] + noise * (high - low) * normal[p]);
                }
            }
            graph.feed(Network.X, 0, noisy);
            graph.run(0);
            double[] mean = Subject.read(graph, MEAN).toDoubles();
            for (int p = 0; p < sum.length; p++) sum[p] += mean[p] / batches;
        }
        return HostTensor.f64(x.shape(), sum);
    }

    @Override
    public void close() {
        graph.close();
    }
}
