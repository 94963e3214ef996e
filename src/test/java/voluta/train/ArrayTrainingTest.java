package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.data.NamedArray;
import voluta.data.Split;
import voluta.model.NetworkDescription;

/** Networks over signals and volumes, far from mean 0 and deviation 1, so that normalizing matters. */
class ArrayTrainingTest {
    private static final int SAMPLES = 24;

    @TempDir
    private Path folder;

    /** Signals of two channels that rise or fall, as a row for each; the channels one after the other. */
    private Path signals() throws IOException {
        return write(new int[] {1, 12});
    }

    private Path write(int[] dims) throws IOException {
        Random random = new Random(3);
        for (String split : List.of("train", "val")) {
            StringBuilder text = new StringBuilder("label");
            for (int i = 0; i < dims[1]; i++) text.append(",t").append(i);
            for (int n = 0; n < SAMPLES; n++) {
                text.append('\n').append(n % 2 == 0 ? "rises" : "falls");
                for (int i = 0; i < dims[1]; i++) {
                    double slope = n % 2 == 0 ? i : dims[1] - i;
                    text.append(',').append(1000 + 20 * (slope + random.nextGaussian()));
                }
            }
            Files.writeString(folder.resolve(split + ".csv"), text + "\n");
        }
        return folder;
    }

    private static NetworkDescription signalNetwork() {
        return NetworkDescription.parse("""
                name: rising
                input: [1, 12]
                classes: 2
                layers:
                  - conv: {filters: 4, kernel: 3, padding: same}
                  - relu
                  - max_pool: 2
                  - conv: {filters: 4, kernel: 3}
                  - relu
                  - flatten
                  - linear: classes
                """, "rising.yaml");
    }

    private List<StepReport> steps(String backend, NetworkDescription network, Path data, Path runs) {
        List<StepReport> steps = new ArrayList<>();
        Training.of(network)
                .backend(backend)
                .output(runs)
                .batchSize(8)
                .learningRate(0.01)
                .set("data-dir", data.toString())
                .set("max-steps", 6)
                .set("epochs", 2)
                .set("log-interval", 1)
                .listener(new TrainingListener() {
                    @Override
                    public void stepsLogged(StepReport report) {
                        steps.add(report);
                    }
                })
                .run();
        return steps;
    }

    @ParameterizedTest
    @ValueSource(strings = {"onednn", "cuda"})
    void backendsAgreeOnSignals(String backend) throws IOException {
        if (backend.equals("cuda")) SimulatedDevice.assume();
        Path data = signals();
        List<StepReport> a = steps("reference", signalNetwork(), data, folder.resolve("a"));
        List<StepReport> b = steps(backend, signalNetwork(), data, folder.resolve("b"));
        assertEquals(6, b.size());
        // Without normalization, values around 1000 would give losses far from the logarithm of 2.
        assertTrue(a.get(0).loss() < 3, "loss " + a.get(0).loss());
        for (int s = 0; s < a.size(); s++)
            assertEquals(a.get(s).loss(), b.get(s).loss(), 1e-4, "loss of step " + s);
    }

    /** The figures of the data travel with the weights: one array by itself gets the class that validation gave it. */
    @Test
    void predictionsAreThoseOfTheValidation() throws IOException {
        Path data = signals();
        Training.of(signalNetwork())
                .backend("reference")
                .output(folder.resolve("runs"))
                .batchSize(8)
                .learningRate(0.02)
                .set("data-dir", data.toString())
                .set("epochs", 12)
                .run();
        Path weights = folder.resolve("runs/train/weights/best.safetensors");
        List<String> guesses = new ArrayList<>();
        try (Validator validator = Validator.open(weights);
                Predictor predictor = Predictor.open(weights);
                Dataset set = Datasets.open(data, Split.parse("validation"))) {
            List<String> judged = new ArrayList<>();
            Validation v =
                    validator.validate(set, j -> judged.add(set.classNames().get(j.predicted())));
            assertTrue(v.top1() > 0.9, v.toString());
            for (NamedArray array : NamedArray.read(data.resolve("val.csv"))) {
                guesses.add(predictor.predictArrays(List.of(array)).get(0).className());
            }
            assertEquals(judged, guesses);
        }
    }
}
