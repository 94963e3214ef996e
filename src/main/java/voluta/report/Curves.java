package voluta.report;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.ToDoubleFunction;
import voluta.explain.Theme;
import voluta.train.EpochReport;
import voluta.train.StepReport;

/** {@code results.png}: loss, accuracy, learning rate and gradient norm over the epochs. */
final class Curves {
    private final Findings findings;
    private final EpochCharts charts = new EpochCharts(Theme.LIGHT);

    private Curves(Findings findings) {
        this.findings = findings;
    }

    /** @return null if nothing was trained yet */
    static BufferedImage draw(Findings findings) {
        if (findings.epochs().isEmpty() && findings.steps().isEmpty()) return null;
        return new Curves(findings).draw();
    }

    private BufferedImage draw() {
        return charts.sheet(List.of(
                charts.chart(
                        "Loss",
                        List.of(
                                training("training", EpochReport::loss, StepReport::loss),
                                epochs("validation", e -> e.evaluation().loss()))),
                charts.chart(
                        "Accuracy (%)",
                        List.of(
                                training("training", e -> 100 * e.top1(), s -> 100 * s.top1()),
                                epochs("validation", e -> 100 * e.evaluation().top1()),
                                epochs(
                                        "validation, top 5",
                                        e -> 100 * e.evaluation().top5()))),
                charts.chart(
                        "Learning rate", List.of(training("", EpochReport::learningRate, StepReport::learningRate))),
                charts.chart(
                        "Gradient norm",
                        List.of(
                                epochs("mean", EpochReport::gradientNorm),
                                epochs("largest", EpochReport::maxGradientNorm)))));
    }

    /** Between epochs too, where that is known. */
    private EpochCharts.Line training(
            String name, ToDoubleFunction<EpochReport> epoch, ToDoubleFunction<StepReport> step) {
        List<StepReport> steps = findings.steps();
        if (steps.size() <= findings.epochs().size()) return epochs(name, epoch);
        double[] x = steps.stream()
                .mapToDouble(s -> s.epoch() - 1 + (double) s.stepInEpoch() / s.stepsPerEpoch())
                .toArray();
        return new EpochCharts.Line(name, x, steps.stream().mapToDouble(step).toArray());
    }

    private EpochCharts.Line epochs(String name, ToDoubleFunction<EpochReport> value) {
        return EpochCharts.Line.of(name, findings.epochs(), value);
    }
}
