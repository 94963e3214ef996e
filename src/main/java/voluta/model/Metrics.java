package voluta.model;

import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Accumulate;
import voluta.op.Accuracy;
import voluta.op.Arithmetic;
import voluta.op.SampleCount;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * Sums over the batches since they were last set to zero, kept on the device: each is an f32[] state {@code
 * <scope>/<output>} and an output. A sum of counts is exact up to 2^24 samples.
 */
final class Metrics {
    private final GraphBuilder builder;
    private final String scope;

    Metrics(GraphBuilder builder, String scope) {
        this.builder = builder;
        this.scope = scope;
    }

    /** The labels of a batch, an input; null for a network that does not classify. */
    static Value labels(GraphBuilder b, Network network, int batch) {
        return network.description().classes() > 0 ? b.input(Loss.LABELS, TensorType.i32(batch)) : null;
    }

    /** Sums the loss, each sample counting alike, and the counted samples; without labels, all of the batch count. */
    void loss(Value loss, Value labels, int batch) {
        Value samples = labels == null
                ? builder.constant(
                        scope + "/batch", HostTensor.zeros(TensorType.f32()).fill(batch))
                : builder.add(scope + "/count", new SampleCount(), labels).output();
        Value weighted = builder.add(scope + "/weighted_loss", new Arithmetic(Arithmetic.Kind.MULTIPLY), loss, samples)
                .output();
        sum("loss_sum", weighted);
        sum("samples", samples);
    }

    /** Sums how many samples have their label among the k largest logits; k is cut to the number of classes. */
    void top(String output, int k, Value logits, Value labels) {
        int most = Math.toIntExact(Math.min(k, logits.type().dim(1)));
        sum(
                output,
                builder.add(scope + "/count_" + output, new Accuracy(most), logits, labels)
                        .output());
    }

    private void sum(String output, Value x) {
        Value state = builder.state(scope + "/" + output, TensorType.f32(), Initializer.ZEROS);
        builder.output(
                output,
                builder.add(scope + "/add_" + output, new Accumulate(), state, x)
                        .output());
    }
}
