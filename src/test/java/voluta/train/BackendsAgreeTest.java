package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendsAgreeTest {
    @TempDir
    Path folder;

    /** Same seed, same data, same numbers but for rounding: nobody gets another model for having another machine. */
    @Test
    void twentyStepsOfLenet5() {
        List<StepReport> reference = steps("reference"), onednn = steps("onednn");
        assertEquals(20, reference.size());
        for (int s = 0; s < 20; s++) {
            StepReport a = reference.get(s), b = onednn.get(s);
            // Rounding errors grow from step to step.
            double slack = 1e-5 * (s + 1);
            assertEquals(a.loss(), b.loss(), slack * a.loss(), "loss of step " + (s + 1));
            assertEquals(a.gradientNorm(), b.gradientNorm(), 10 * slack * a.gradientNorm(), "norm of step " + (s + 1));
        }
        assertTrue(reference.get(19).loss() < reference.get(0).loss());
    }

    private List<StepReport> steps(String backend) {
        List<StepReport> steps = new ArrayList<>();
        Training.of("lenet5")
                .backend(backend)
                .output(folder)
                .batchSize(16)
                .optimizer("sgd")
                .learningRate(0.01)
                .set("max-steps", 20)
                .set("log-interval", 1)
                .set("clip-grad", 5)
                .listener(new TrainingListener() {
                    @Override
                    public void stepsLogged(StepReport report) {
                        steps.add(report);
                    }
                })
                .run();
        return steps;
    }
}
