package voluta.train;

import java.util.stream.IntStream;
import voluta.tensor.HostTensor;

/** What rows of logits say, computed in double. */
final class Probabilities {
    private Probabilities() {}

    /** The softmax of row {@code n} of {@code [N,classes]}. */
    static double[] of(HostTensor logits, int n, int classes) {
        double[] p = new double[classes];
        double most = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) most = Math.max(most, logits.get((long) n * classes + c));
        double sum = 0;
        for (int c = 0; c < classes; c++) sum += p[c] = Math.exp(logits.get((long) n * classes + c) - most);
        for (int c = 0; c < classes; c++) p[c] /= sum;
        return p;
    }

    /** The negative logarithm of the label's probability, exact also where that probability underflows. */
    static double loss(HostTensor logits, int n, int classes, int label) {
        double most = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) most = Math.max(most, logits.get((long) n * classes + c));
        double sum = 0;
        for (int c = 0; c < classes; c++) sum += Math.exp(logits.get((long) n * classes + c) - most);
        return Math.log(sum) + most - logits.get((long) n * classes + label);
    }

    /** How many classes have a larger logit than {@code c}, or an equal one and a lower index. */
    static int rank(HostTensor logits, int n, int classes, int c) {
        double v = logits.get((long) n * classes + c);
        int rank = 0;
        for (int k = 0; k < classes; k++) {
            double w = logits.get((long) n * classes + k);
            if (w > v || (w == v && k < c)) rank++;
        }
        return rank;
    }

    /** The class with the largest logit; the lower index wins. */
    static int best(HostTensor logits, int n, int classes) {
        int best = 0;
        for (int c = 1; c < classes; c++) {
            if (logits.get((long) n * classes + c) > logits.get((long) n * classes + best)) best = c;
        }
        return best;
    }

    /** The classes, the most probable first. */
    static int[] order(double[] probabilities) {
        return IntStream.range(0, probabilities.length)
                .boxed()
                .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
