package voluta.report;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import voluta.train.EpochReport;
import voluta.train.StepReport;

/** {@code results.png}: loss, accuracy, learning rate and gradient norm over the epochs. */
final class Curves {
    private final Findings findings;

    private Curves(Findings findings) {
        this.findings = findings;
    }

    /** @return null if nothing was trained yet */
    static BufferedImage draw(Findings findings) {
        if (findings.epochs().isEmpty() && findings.steps().isEmpty()) return null;
        return new Curves(findings).draw();
    }

    private BufferedImage draw() {
        List<XYChart> charts = List.of(
                Charts.chart(
                        "Loss",
                        training("training", EpochReport::loss, StepReport::loss),
                        epochs("validation", e -> e.evaluation().loss())),
                Charts.chart(
                        "Accuracy (%)",
                        training("training", e -> 100 * e.top1(), s -> 100 * s.top1()),
                        epochs("validation", e -> 100 * e.evaluation().top1()),
                        epochs("validation, top 5", e -> 100 * e.evaluation().top5())),
                Charts.chart("Learning rate", training("", EpochReport::learningRate, StepReport::learningRate)),
                Charts.chart(
                        "Gradient norm",
                        epochs("mean", EpochReport::gradientNorm),
                        epochs("largest", EpochReport::maxGradientNorm)));
        return Charts.sheet(charts, Charts.Look.LIGHT);
    }

    /** Between epochs too, where that is known. */
    private Charts.Line training(String name, ToDoubleFunction<EpochReport> epoch, ToDoubleFunction<StepReport> step) {
        List<StepReport> steps = findings.steps();
        if (steps.size() <= findings.epochs().size()) return epochs(name, epoch);
        double[] x = steps.stream()
                .mapToDouble(s -> s.epoch() - 1 + (double) s.stepInEpoch() / s.stepsPerEpoch())
                .toArray();
        return new Charts.Line(name, x, steps.stream().mapToDouble(step).toArray());
    }

    private Charts.Line epochs(String name, ToDoubleFunction<EpochReport> value) {
        return Charts.epochs(name, findings.epochs(), value);
    }
}
