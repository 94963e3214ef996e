package voluta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.train.ResumePoint;
import voluta.train.Trainer;
import voluta.train.Training;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;
import voluta.train.Validation;
import voluta.train.Validator;

/** What a run's report says, read back as data and held against the run and an independent validation. */
class ReportTest {
    @TempDir
    private static Path folder;

    private static SmallRun run;
    private static JsonNode page;
    private static Validation measured;

    @BeforeAll
    static void train() throws IOException {
        run = SmallRun.in(folder);
        page = SmallRun.page(run.folder());
        try (Validator validator = Validator.open(run.result().weights())) {
            measured = validator.validate(SmallRun.validation());
        }
    }

    @Test
    void pageHoldsTheEpochs() {
        JsonNode epochs = page.get("epochs");
        assertEquals(run.result().epochs().size(), epochs.size());
        for (int i = 0; i < epochs.size(); i++) {
            var e = run.result().epochs().get(i);
            assertEquals(e.epoch(), epochs.get(i).get("epoch").asInt());
            assertEquals(e.loss(), epochs.get(i).get("train_loss").asDouble(), 1e-6 * e.loss());
            assertEquals(e.evaluation().top1(), epochs.get(i).get("val_top1").asDouble(), 1e-6);
            assertEquals(e.gradientNorm(), epochs.get(i).get("gradient_norm").asDouble(), 1e-5 * e.gradientNorm());
        }
        assertTrue(page.get("steps").size() > epochs.size(), "reports between epochs");
        assertEquals(epochs.size(), page.get("memory").size());
        assertTrue(page.get("memory").get(0).get("heap").asLong() > 1 << 20);
        assertTrue(
                page.get("options").asText().contains("epochs: 3"),
                page.get("options").asText());
        assertEquals(
                "Convolution",
                page.get("network").get("layers").get(1).get("kind").asText());
    }

    @Test
    void confusionMatrixAndScoresAreThoseOfAValidation() {
        JsonNode judged = page.get("judged");
        long[][] confusion = new long[4][4];
        for (JsonNode cell : judged.get("cells")) {
            confusion[cell.get(0).asInt()][cell.get(1).asInt()] = cell.get(2).asLong();
        }
        long errors = 0;
        for (int t = 0; t < 4; t++) {
            long taken = 0;
            for (int p = 0; p < 4; p++) {
                assertEquals(measured.count(t, p), confusion[t][p], t + " taken for " + p);
                taken += measured.count(p, t);
                if (p != t) errors += measured.count(t, p);
            }
            JsonNode score = judged.get("classes").get(t);
            assertEquals(SmallRun.CLASSES.get(t), score.get("name").asText());
            assertEquals(
                    measured.classes().get(t).accuracy(), score.get("recall").asDouble(), 1e-6);
            if (taken == 0) assertTrue(score.get("precision").isNull());
            else
                assertEquals(
                        (double) confusion[t][t] / taken, score.get("precision").asDouble(), 1e-6);
        }
        assertTrue(errors > 0, "the test needs errors");
        assertEquals(measured.top1(), judged.get("accuracy").asDouble(), 1e-6);
        assertEquals(Math.min(errors, Judgements.WORST), judged.get("worst").size());
        double before = 0;
        for (JsonNode w : judged.get("worst")) {
            JsonNode picture = judged.get("pictures").get(w.asInt());
            assertTrue(picture.get(1).asInt() != picture.get(2).asInt(), "an error");
            assertTrue(picture.get(4).asDouble() >= before, "the worst first");
            before = picture.get(4).asDouble();
        }
    }

    @Test
    void reliabilityCountsEveryImage() {
        JsonNode reliability = page.get("judged").get("reliability");
        double images = 0, right = 0, error = 0;
        for (JsonNode bin : reliability.get("bins")) {
            double n = bin.get("images").asDouble();
            if (n == 0) continue;
            images += n;
            right += n * bin.get("accuracy").asDouble();
            error += n
                    * Math.abs(bin.get("accuracy").asDouble()
                            - bin.get("probability").asDouble());
            assertTrue(bin.get("probability").asDouble() >= bin.get("from").asDouble() - 1e-6);
            assertTrue(bin.get("probability").asDouble() <= bin.get("to").asDouble() + 1e-6);
        }
        assertEquals(SmallRun.VALIDATION_IMAGES, images);
        assertEquals(measured.top1(), right / images, 1e-6);
        assertEquals(error / images, reliability.get("error").asDouble(), 1e-6);
    }

    @Test
    void everyErrorHasItsPictureAndItIsThatOfTheDataSet() throws IOException {
        JsonNode judged = page.get("judged"), atlas = judged.get("atlas");
        String uri = atlas.get("uri").asText(), prefix = "data:image/png;base64,";
        assertTrue(uri.startsWith(prefix), uri.substring(0, 30));
        byte[] png = Base64.getDecoder().decode(uri.substring(prefix.length()));
        BufferedImage all = ImageIO.read(new ByteArrayInputStream(png));
        int width = atlas.get("width").asInt(), height = atlas.get("height").asInt();
        assertEquals(atlas.get("columns").asInt() * width, all.getWidth());
        Set<Integer> places = new HashSet<>();
        for (JsonNode p : judged.get("pictures")) {
            int place = p.get(5).asInt();
            if (place < 0) continue;
            assertTrue(places.add(place), "two images in one place");
            int index = Integer.parseInt(p.get(0).asText().replace("image ", ""));
            int left = place % atlas.get("columns").asInt() * width,
                    top = place / atlas.get("columns").asInt() * height;
            byte[] pixels = voluta.data.Image.of(SmallRun.validation(), index).pixels();
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int grey = all.getRaster().getSample(left + x, top + y, 0);
                    assertEquals(pixels[y * width + x] & 0xff, grey, "image " + index);
                }
            }
        }
        assertTrue(places.size() > 10, places.toString());
    }

    @Test
    void predictionsHaveARowForEachImage() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        try (MappingIterator<Map<String, String>> all = new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(run.folder().resolve("predictions.csv").toFile())) {
            all.forEachRemaining(rows::add);
        }
        assertEquals(SmallRun.VALIDATION_IMAGES, rows.size());
        long[][] confusion = new long[4][4];
        double loss = 0;
        for (int i = 0; i < rows.size(); i++) {
            Map<String, String> row = rows.get(i);
            assertEquals("image " + i, row.get("image"));
            int label = SmallRun.CLASSES.indexOf(row.get("true")),
                    taken = SmallRun.CLASSES.indexOf(row.get("predicted"));
            assertEquals(SmallRun.validation().label(i), label);
            confusion[label][taken]++;
            double p = Double.parseDouble(row.get("probability")), q = Double.parseDouble(row.get("true_probability"));
            assertTrue(p >= 0.25 && p <= 1 && q <= p && (label == taken) == (p == q), row.toString());
            loss += Double.parseDouble(row.get("loss"));
        }
        for (int t = 0; t < 4; t++) for (int p = 0; p < 4; p++) assertEquals(measured.count(t, p), confusion[t][p]);
        assertEquals(measured.evaluation().loss(), loss / rows.size(), 1e-4);
    }

    @Test
    void picturesShowSomething() throws IOException {
        for (String name : List.of("results.png", "confusion_matrix.png", "val_batch0_pred.png")) {
            BufferedImage picture = ImageIO.read(run.folder().resolve(name).toFile());
            Set<Integer> colours = new HashSet<>();
            int white = 0, pixels = picture.getWidth() * picture.getHeight();
            for (int y = 0; y < picture.getHeight(); y++) {
                for (int x = 0; x < picture.getWidth(); x++) {
                    int rgb = picture.getRGB(x, y) & 0xffffff;
                    colours.add(rgb);
                    if (rgb == 0xffffff) white++;
                }
            }
            assertTrue(colours.size() > 30, name + " has " + colours.size() + " colours");
            assertTrue(white < pixels * 0.98, name + " is blank");
            assertTrue(colours.contains(0x0072b2) || name.startsWith("confusion"), name + " lacks its colour");
        }
    }

    /** The names of the test's classes are hostile on purpose. */
    @Test
    void namesAreNeverMarkupAndNothingIsFetched() throws IOException {
        String html = Files.readString(run.folder().resolve("report.html"));
        assertFalse(html.contains("<img"), "a class name became markup");
        assertFalse(html.matches("(?s).*(src|href)\\s*=\\s*[\"']?(https?:|//).*"), "a link to the network");
        assertFalse(html.contains("@import") || html.contains("fetch(") || html.contains("XMLHttpRequest"));
        assertTrue(html.contains("default-src 'none'"));
        assertEquals(
                html.indexOf("</script>", html.indexOf("id=\"data\"")),
                html.lastIndexOf("</script>", html.indexOf("'use strict'")));
    }

    @Test
    void sameCheckpointSameBytes() throws IOException {
        Path first = folder.resolve("val-1"), second = folder.resolve("val-2");
        for (Path to : List.of(first, second)) {
            try (Validator validator = Validator.open(run.result().weights())) {
                Validation v = ValidationReport.write(
                        to, run.result().weights(), validator, SmallRun.validation(), sentence -> {
                            throw new AssertionError(sentence);
                        });
                assertEquals(measured.top1(), v.top1());
            }
        }
        for (String name : List.of("report.html", "predictions.csv", "confusion_matrix.png", "val_batch0_pred.png")) {
            assertEquals(-1, Files.mismatch(first.resolve(name), second.resolve(name)), name);
        }
        JsonNode val = SmallRun.page(first);
        int epochs = run.result().bestEpoch().orElseThrow().epoch();
        assertEquals(epochs, val.get("epochs").size(), "the checkpoint knows its epochs");
        assertEquals(page.get("judged").get("cells"), val.get("judged").get("cells"));
    }

    /** From a checkpoint in the run's folder, and from one that lies alone, whose steps nobody knows any more. */
    @Test
    void aRunThatGoesOnShowsWhatCameBefore(@TempDir Path own) throws IOException {
        TrainingResult first = SmallRun.training(own)
                .set("checkpoint-hist", 3)
                .listener(new TrainingListener() {})
                .run();
        Path second = first.last().resolveSibling("step-00000020.safetensors");
        Path alone = Files.copy(second, own.resolve("alone.safetensors"));
        List<Double> epochs = List.of(0.3, 0.6, 0.9, 1.0, 1.3, 1.6, 1.9, 2.0), late = List.of(2.3, 2.6, 2.9, 3.0);

        JsonNode again = page(ResumePoint.at(second), "train", false);
        assertEquals(List.of(1.0, 2.0, 3.0), places(again, "epochs"));
        assertEquals(Stream.of(epochs, late).flatMap(List::stream).toList(), places(again, "steps"));

        JsonNode stopped = page(ResumePoint.at(second), "train", true);
        assertEquals(List.of(1.0, 2.0), places(stopped, "epochs"), "the third will not have been");
        assertEquals(epochs, places(stopped, "steps"));

        JsonNode elsewhere = page(ResumePoint.at(alone), "elsewhere", false);
        assertEquals(List.of(1.0, 2.0, 3.0), places(elsewhere, "epochs"));
        assertEquals(Stream.concat(Stream.of(1.0, 2.0), late.stream()).toList(), places(elsewhere, "steps"));
        double loss = elsewhere.get("epochs").get(0).get("train_loss").asDouble();
        assertEquals(loss, elsewhere.get("steps").get(0).get("loss").asDouble());
    }

    private static JsonNode page(ResumePoint point, String experiment, boolean stopped) throws IOException {
        RunReport report = new RunReport(sentence -> {
            throw new AssertionError(sentence);
        });
        Trainer trainer = Training.resume(point)
                .data(SmallRun.images("training", SmallRun.TRAINING_IMAGES, 1), SmallRun.validation())
                .set("experiment", experiment)
                .listener(report)
                .trainer();
        if (stopped) trainer.stop();
        return SmallRun.page(trainer.run().folder());
    }

    private static List<Double> places(JsonNode page, String what) {
        List<Double> places = new ArrayList<>();
        page.get(what).forEach(e -> places.add(e.get("epoch").asDouble()));
        return places;
    }
}
