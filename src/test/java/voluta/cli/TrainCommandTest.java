package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.train.TrainingConfig;

/** Training, and what is done with its weights. */
class TrainCommandTest {
    @TempDir
    private Path folder;

    private Path data;
    private Path network;

    @BeforeEach
    void write() throws IOException {
        data = TinyData.write(folder.resolve("data"));
        network = TinyData.network(folder.resolve("tiny.yaml"));
    }

    /** Trains the tiny network; later options win. */
    private Outcome train(String... more) {
        List<String> all = new ArrayList<>(List.of(
                "train", "--model", network.toString(), "--data-dir", data.toString(), "-b", "8", "--epochs", "1"));
        all.addAll(List.of("--output", runs().toString(), "--opt", "sgd", "--lr", "0.05", "--log-interval", "2"));
        all.addAll(Arrays.asList(more));
        return Outcome.of(all.toArray(String[]::new));
    }

    private Path runs() {
        return folder.resolve("runs");
    }

    private Path run() {
        return runs().resolve("train");
    }

    @Test
    void tooLittleMemoryNamesWhatNeedsItAndLeavesNothing() {
        Outcome o = train("--memory-limit", "8k");
        o.failed(4, "of the memory limit (8.00 KiB)", "the batch size is 8", "its largest values:");
        assertFalse(Files.exists(runs()), "a folder was made");
        train("--memory-limit", "much").failed(2, "'much' is no amount of memory");
        Outcome.of("bench", "lenet5", "--memory-limit", "1m").failed(4, "of the memory limit (1.00 MiB)");
        Outcome.of("bench", "lenet5", "--memory-limit", "x").failed(2, "'x' is no amount of memory");
    }

    @Test
    void aProfileSaysWhereTheTimeWent() {
        Outcome o = train("--profile", "--grad-accum-steps", "2").succeeded();
        assertTrue(
                o.out()
                        .matches(
                                "(?s).*trained 2 steps.*profile  \\d+\\.\\d{3} ms a step, .* % of them waiting for data.*"),
                o.out());
        assertTrue(o.out().matches("(?s).*\\n +\\d+\\.\\d{3} +\\d+\\.\\d% +\\S+ +2  Linear\\n.*"), o.out());
        assertTrue(o.err().contains("batch 8 x 2, 2 steps an epoch"), o.err());
        JsonNode profile = train("--profile", "--json").succeeded().json().stream()
                .filter(line -> line.path("event").asText().equals("profile"))
                .findFirst()
                .orElseThrow();
        assertEquals(1.0, sum(profile.get("kinds"), "share"), 1e-9);
        assertEquals(profile.get("kernel_ms").asDouble(), sum(profile.get("kernels"), "ms"), 1e-6);
        assertTrue(profile.get("ms_per_step").asDouble() > 0);
        assertFalse(train().succeeded().out().contains("profile"));
    }

    private static double sum(JsonNode list, String field) {
        double sum = 0;
        for (JsonNode each : list) sum += each.get(field).asDouble();
        return sum;
    }

    @Test
    void theMemoryDecidesAboutTheBatchSize() {
        Outcome o = train("-b", "-1", "--dry-run", "--memory-limit", "1m").succeeded();
        assertTrue(o.err().contains("note: the batch size is "), o.err());
        assertTrue(o.err().contains("more would leave fewer than 10 steps in an epoch"), o.err());
        assertTrue(o.out().contains(" to evaluate on; batch "), o.out());
        assertFalse(Files.exists(runs()), "a folder was made");
        train("-b", "1.5").failed(ExitCode.USAGE, "batch-size is 1.5; use 1 or more images");
    }

    @Test
    void picturesThatCannotBeReadDoNotHideTheOthers() throws IOException {
        train("--max-steps", "1").succeeded();
        Path pictures = Files.createDirectory(folder.resolve("pictures"));
        ImageIO.write(
                new BufferedImage(6, 6, BufferedImage.TYPE_BYTE_GRAY),
                "png",
                pictures.resolve("a.png").toFile());
        Files.writeString(pictures.resolve("b.png"), "text");
        ImageIO.write(
                new BufferedImage(6, 6, BufferedImage.TYPE_BYTE_GRAY),
                "png",
                pictures.resolve("c.png").toFile());
        Outcome o = Outcome.of("predict", "--checkpoint", run().toString(), pictures.toString());
        assertEquals(ExitCode.MODEL_OR_DATA, o.code(), o.err());
        assertEquals(2, o.out().lines().count(), o.out());
        assertTrue(o.err().contains("b.png is not a picture"), o.err());
        assertTrue(o.err().contains("1 of 3 pictures could not be read"), o.err());
        Outcome one = Outcome.of(
                "predict",
                "--checkpoint",
                run().toString(),
                pictures.resolve("b.png").toString());
        one.failed(ExitCode.MODEL_OR_DATA, "b.png is not a picture");
        assertFalse(one.err().contains("1 of 1"), one.err());
    }

    @Test
    void aBatchLargerThanTheDataIsCut() {
        train("--max-steps", "1").succeeded();
        Outcome.of("val", "--checkpoint", run().toString(), "--data-dir", data.toString(), "-b", "1000000000")
                .succeeded();
    }

    @Test
    void pathsWithSpacesAreQuotedInTheNextCommand() {
        assertEquals("runs/train-2/weights", TrainCommand.quoted(Path.of("runs/train-2/weights")));
        assertEquals("'my runs/it'\\''s'", TrainCommand.quoted(Path.of("my runs/it's")));
    }

    @Test
    void trainsValidatesAndPredicts() throws IOException {
        Outcome o = train("--epochs", "3").succeeded();
        Path best = run().resolve("weights/best.safetensors");
        assertTrue(o.out().contains("voluta val --checkpoint " + best + " --data-dir " + data), o.out());
        assertTrue(o.err().contains("epoch 1/3  step 2/5  loss "), o.err());
        assertTrue(o.err().contains("images/s") && o.err().contains("wait"), o.err());

        Outcome val = Outcome.of("val", "--json", "--data-dir", data.toString(), "--checkpoint", run().toString());
        JsonNode total = val.succeeded().lastJson();
        assertEquals(TinyData.TEST, total.get("images").asInt());
        assertEquals(1, total.get("top1").asDouble(), "so simple a task is learnt");

        BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int x = 0; x < 8; x++) for (int y = 4; y < 8; y++) picture.setRGB(x, y, 0xcccccc);
        Path file = folder.resolve("below.png");
        ImageIO.write(picture, "png", file.toFile());
        JsonNode guess = Outcome.of("predict", "--json", "-k", "2", "--checkpoint", best.toString(), file.toString())
                .succeeded()
                .lastJson();
        assertEquals(1, guess.get("guesses").get(0).get("label").asInt(), guess.toString());
        assertEquals(2, guess.get("guesses").size());
        JsonNode inspected = Outcome.of(
                        "inspect",
                        "--json",
                        run().resolve("weights/last.safetensors").toString())
                .succeeded()
                .json()
                .get(0);
        assertEquals(15, inspected.get("step").asInt());
    }

    @Test
    void recordsTellTheWholeRun() {
        List<JsonNode> records = train("--json").succeeded().json();
        assertEquals("run_started", records.get(0).get("event").asText());
        JsonNode last = records.get(records.size() - 1);
        assertEquals("run_ended", last.get("event").asText());
        assertEquals("complete", last.get("end").asText());
        assertEquals(5, last.get("steps").asInt());
    }

    @Test
    void commandLineComesBeforeTheFileAndTheFileBeforeDefaults() throws IOException {
        Path file = Files.write(folder.resolve("options.yaml"), List.of("seed: 7", "epochs: 9", "momentum: 0.5"));
        train("-c", file.toString(), "--no-amp").succeeded();
        TrainingConfig used = TrainingConfig.DEFAULTS.withFile(run().resolve("args.yaml"));
        assertEquals(7, used.seed());
        assertEquals(1, used.epochs(), "the command line says 1");
        assertEquals(0.5, used.momentum().orElseThrow());
        assertEquals(TrainingConfig.DEFAULTS.workers(), used.workers());
    }

    @Test
    void groupsOfLayersAreGivenOneByOneAndShown() {
        Outcome o = train(
                        "--param-group",
                        "conv1:lr=0.1",
                        "--param-group=linear1:weight-decay=0.01",
                        "--freeze",
                        "*.bias")
                .succeeded();
        String groups =
                "conv1 (36 parameters) lr x 0.1, weight decay 0; linear1 (1,440 parameters) lr x 1, weight decay 0.01";
        assertTrue(o.err().contains("note: parameter groups: " + groups + "; 14 parameters are frozen"), o.err());
        String value = "conv1:lr=0.1; linear1:weight-decay=0.01";
        TrainingConfig used = TrainingConfig.DEFAULTS.withFile(run().resolve("args.yaml"));
        assertEquals(value, used.values().get("param-group"));
        String checkpoint = run().resolve("weights/last.safetensors").toString();
        String shown = Outcome.of("inspect", checkpoint).succeeded().out();
        assertTrue(shown.matches("(?s).*\\n  freeze +\\*\\.bias\\n  param-group +" + value + "\\n.*"), shown);
        JsonNode inspected =
                Outcome.of("inspect", "--json", checkpoint).succeeded().json().get(0);
        assertEquals(value, inspected.get("layers_apart").get("param-group").asText());
        train("--resume", run().toString(), "--param-group", "conv1:lr=0.2").failed(2, "param-group was " + value);
        train("--dry-run", "--param-group", "head:lr=2").failed(3, "names head, but no layer", "[conv1, linear1]");
        train("--param-group", "conv1:fast").failed(2, "param-group conv1 has 'fast'");
    }

    @Test
    void everyOptionOfAConfigurationIsOneOfTheCommandLine() {
        assertEquals(TrainingConfig.options(), TrainingOptions.names());
    }

    @Test
    void dryRunShowsEverythingAndLeavesNothing() {
        String out = train("--dry-run").succeeded().out();
        assertTrue(out.contains("receptive field") && out.contains("SgdStep") && out.contains("memory"), out);
        assertFalse(Files.exists(runs()));
        JsonNode record = train("--dry-run", "--json").succeeded().lastJson();
        assertEquals(5, record.get("steps_per_epoch").asInt());
    }

    @Test
    void wrongOptionsAreRefusedBeforeAnythingIsWritten() throws IOException {
        train("--epoch", "3").failed(ExitCode.USAGE, "unknown option --epoch", "Did you mean --epochs?");
        train("--lr", "NaN").failed(ExitCode.USAGE, "lr is NaN");
        train("--lr", "fast").failed(ExitCode.USAGE, "lr", "fast");
        train("--opt", "addam").failed(ExitCode.USAGE, "addam", "adam");
        train("--backend", "abacus").failed(ExitCode.DEVICE, "abacus");
        Path file = Files.write(folder.resolve("options.yaml"), List.of("seed: 7", "epochs: many"));
        train("-c", file.toString()).failed(ExitCode.USAGE, "options.yaml:2", "many");
        train("-c", folder.resolve("none.yaml").toString()).failed(ExitCode.USAGE, "none.yaml");
        assertFalse(Files.exists(runs()));
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
        train("-b", "41").failed(ExitCode.MODEL_OR_DATA, "41", "40 images");
        train("--model", "restnet20").failed(ExitCode.MODEL_OR_DATA, "did you mean resnet20?");
        train("--num-classes", "3").failed(ExitCode.MODEL_OR_DATA, "num-classes is 3");
        train("--model", "lenet5").failed(ExitCode.MODEL_OR_DATA, "conv2", "lenet5.yaml:");
        assertFalse(Files.exists(runs()));
    }

    @Test
    void missingAndDamagedDataAreNamed() throws IOException {
        train("--data-dir", folder.resolve("none").toString()).failed(ExitCode.MODEL_OR_DATA, "none", "does not exist");
        Path images = data.resolve("train-images-idx3-ubyte");
        byte[] whole = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(whole, whole.length - 1));
        train().failed(ExitCode.MODEL_OR_DATA, "train-images-idx3-ubyte");
        assertFalse(Files.exists(runs()));
    }

    @Test
    void damagedCheckpointIsNamedAndLeftAsItIs() throws IOException {
        train().succeeded();
        Path file = run().resolve("weights/best.safetensors");
        byte[] damaged = Files.readAllBytes(file);
        damaged[damaged.length - 9] ^= 1;
        Files.write(file, damaged);
        Outcome.of("val", "--data-dir", data.toString(), "--checkpoint", file.toString())
                .failed(ExitCode.CHECKPOINT, "best.safetensors");
        Files.write(file, Arrays.copyOf(damaged, damaged.length / 2));
        Outcome.of("predict", "--checkpoint", file.toString(), network.toString())
                .failed(ExitCode.CHECKPOINT, "best.safetensors");
        assertArrayEquals(Arrays.copyOf(damaged, damaged.length / 2), Files.readAllBytes(file));
    }

    @Test
    void outputThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        train("--output", file.resolve("runs").toString()).failed(ExitCode.MODEL_OR_DATA, "file", "--output");
        train("--experiment", "a/b").failed(ExitCode.USAGE, "a/b");
    }

    @Test
    void imagesAreMixedErasedAndCropped() {
        train("--mixup", "0.2", "--cutmix", "1", "--reprob", "0.5", "--aa", "crop=0.5-1,flip,rand=1:5", "-j", "2")
                .succeeded();
        assertTrue(Files.exists(run().resolve("train_batch0.png")));
        train("--mixup", "-1").failed(ExitCode.USAGE, "mixup");
    }

    @Test
    void pictureThatIsNoneIsNamed() {
        train().succeeded();
        String weights = run().toString();
        Outcome.of("predict", "--checkpoint", weights, network.toString()).failed(ExitCode.MODEL_OR_DATA, "tiny.yaml");
        Outcome.of("predict", "--checkpoint", weights, run().resolve("weights").toString())
                .failed(ExitCode.MODEL_OR_DATA, "holds no picture");
        Outcome.of("predict", "--checkpoint", weights).failed(ExitCode.USAGE, "FILE|FOLDER");
        Outcome.of("predict", network.toString()).failed(ExitCode.USAGE, "--checkpoint");
        Outcome.of("val", "--checkpoint", weights, "--split", "middle").failed(ExitCode.MODEL_OR_DATA, "middle");
        Outcome.of("val", "--checkpoint", weights, "--split", "a/b").failed(ExitCode.USAGE, "a/b");
    }

    @Test
    void aRunIsNeverOverwritten() {
        train("--experiment", "once").succeeded();
        train("--experiment", "once").failed(ExitCode.MODEL_OR_DATA, "once", "never overwritten");
    }

    @Test
    void aRunGoesOnWithoutBeingToldItsOptionsAgain() throws IOException {
        train("--epochs", "2", "--max-steps", "3").succeeded();
        Outcome o = Outcome.of("train", "--resume", run().toString(), "--max-steps", "10");
        assertTrue(o.succeeded().err().contains("going on in " + run() + " after 3 of 10 steps"), o.err());
        assertEquals(3, Files.readAllLines(run().resolve("results.csv")).size());

        Outcome finished = Outcome.of("train", "--resume", "--output", runs().toString());
        assertTrue(finished.succeeded().err().contains("the run is finished: 10 of 10 steps"), finished.err());
        assertTrue(finished.out().contains("trained 10 steps"), finished.out());
        TrainingConfig kept = TrainingConfig.DEFAULTS.withFile(run().resolve("args.yaml"));
        assertEquals(10, kept.maxSteps().orElseThrow());
        try (var all = Files.list(runs())) {
            assertEquals(List.of(run()), all.toList());
        }
    }

    /** What a job that is started again and again says each time. */
    @Test
    void theSameWordsBeginAndGoOn() {
        String[] words = {"--resume", "auto", "--experiment", "job", "--max-steps", "4"};
        Outcome first = train(words).succeeded();
        assertTrue(first.err().contains("no run to go on with in " + runs()), first.err());
        Outcome second = train(words).succeeded();
        assertTrue(second.err().contains("the run is finished: 4 of 4 steps"), second.err());
    }

    @Test
    void whatARunCannotGoOnWithIsRefused() throws IOException {
        train("--max-steps", "3").succeeded();
        train("--resume", run().toString(), "--lr", "0.1", "-b", "4")
                .failed(ExitCode.USAGE, "lr was 0.05 and is now 0.1", "batch-size was 8 and is now 4");
        train("--resume", folder.resolve("none").toString()).failed(ExitCode.CHECKPOINT, "no such file");
        train("--resume", folder.toString()).failed(ExitCode.CHECKPOINT, "holds no weights/last.safetensors");
        Files.writeString(network, Files.readString(network).replace("filters: 4", "filters: 5"));
        train("--resume", run().toString(), "--max-steps", "4")
                .failed(ExitCode.MODEL_OR_DATA, "is not as it was", "--initial-checkpoint");
        Files.delete(network);
        train("--resume", run().toString(), "--max-steps", "4").succeeded();
        Path last = run().resolve("weights/last.safetensors");
        Files.write(last, new byte[9]);
        train("--resume", run().toString())
                .failed(ExitCode.CHECKPOINT, "last.safetensors", "step-00000003.safetensors");
        assertEquals(9, Files.size(last), "it is left as it was");
    }
}
