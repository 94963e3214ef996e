package voluta.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import voluta.data.Dataset;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;
import voluta.model.Model;
import voluta.train.Training;
import voluta.train.TrainingResult;
import voluta.train.Validator;

/** A run that takes a second, makes errors, and has a report. */
record SmallRun(TrainingResult result) {
    static final List<String> CLASSES =
            List.of("left, above", "right \"above\"", "</script><img src=x onerror=alert(1)>", "below & right");
    static final int TRAINING_IMAGES = 160;
    static final int VALIDATION_IMAGES = 300;

    private static final ImageShape SHAPE = new ImageShape(1, 8, 8);

    static SmallRun in(Path output) {
        RunReport report = new RunReport(sentence -> {
            throw new AssertionError(sentence);
        });
        TrainingResult result = training(output).listener(report).run();
        try (Validator validator = Validator.open(result.weights())) {
            report.judge(validator, validation());
        }
        return new SmallRun(result);
    }

    static Training training(Path output) {
        return Training.of(Model.named("tiny")
                        .input(1, 8, 8)
                        .classes(4)
                        .conv(4, 3)
                        .with("padding", 1)
                        .relu()
                        .maxPool(2)
                        .flatten()
                        .linear())
                .data(images("training", TRAINING_IMAGES, 1), validation())
                .epochs(3)
                .batchSize(16)
                .learningRate(0.01)
                .set("log-interval", 3)
                .output(output);
    }

    Path folder() {
        return result.folder();
    }

    static Dataset validation() {
        return images("validation", VALIDATION_IMAGES, 2);
    }

    /** The block of data of a page. */
    static JsonNode page(Path folder) throws IOException {
        String html = Files.readString(folder.resolve("report.html"));
        String begin = "<script type=\"application/json\" id=\"data\">";
        int from = html.indexOf(begin) + begin.length();
        return new ObjectMapper().readTree(html.substring(from, html.indexOf("</script>", from)));
    }

    /** A faint spot in noise; its quarter is the class. */
    static MemoryDataset images(String name, int images, long seed) {
        Random random = new Random(seed);
        byte[] pixels = new byte[images * SHAPE.bytes()], labels = new byte[images];
        for (int n = 0; n < images; n++) {
            int label = n % CLASSES.size();
            labels[n] = (byte) label;
            int row = label / 2 * 4 + random.nextInt(3), column = label % 2 * 4 + random.nextInt(3);
            for (int i = 0; i < SHAPE.bytes(); i++) {
                int y = i / SHAPE.width(), x = i % SHAPE.width();
                boolean spot = y >= row && y < row + 2 && x >= column && x < column + 2;
                pixels[n * SHAPE.bytes() + i] = (byte) (random.nextInt(150) + (spot ? 80 : 0));
            }
        }
        return new MemoryDataset(name, CLASSES, SHAPE, pixels, labels);
    }
}
