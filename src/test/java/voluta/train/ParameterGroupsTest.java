package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Availability;
import voluta.backend.Backends;
import voluta.checkpoint.Checkpoint;
import voluta.data.MemoryDataset;
import voluta.graph.Graph;
import voluta.model.Architectures;
import voluta.model.InferenceGraph;
import voluta.model.Network;
import voluta.tensor.HostTensor;

/** Layers with a learning rate and a weight decay of their own, in whole runs; the formulas are {@code GroupingTest}'s. */
class ParameterGroupsTest {
    @TempDir
    Path folder;

    private final List<String> notices = new ArrayList<>();
    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    private Training run(String name, String backend) {
        boolean works = Backends.probe().stream()
                .anyMatch(
                        c -> c.provider().name().equals(backend) && c.availability() instanceof Availability.Available);
        assumeTrue(works, backend + " does not work here");
        return Blobs.training(folder, name, backend, train, test, notices).set("deterministic", true);
    }

    private static Map<String, HostTensor> weights(TrainingResult result) {
        return Checkpoint.load(result.last()).weights();
    }

    /**
     * All layers in one group with half the rate, which no rounding touches, are trained like the run of half the rate, to the
     * last bit: with every optimizer, schedule, clipping, average, accumulation and precision.
     */
    @ParameterizedTest
    @CsvSource({
        "reference, sgd, 1, ",
        "reference, adamw, 2, ",
        "onednn, nesterov, 1, ",
        "onednn, adam, 2, ",
        "onednn, adamw, 1, bfloat16",
        "onednn, rmsprop, 1, ",
        "onednn, adagrad, 2, ",
        "cuda, sgd, 1, ",
        "cuda, adam, 1, float16",
        "cuda, adamw, 2, bfloat16",
        "cuda, rmsprop, 1, ",
        "cuda, adagrad, 1, "
    })
    void oneGroupOfAllIsTheRunWithItsSettings(String backend, String optimizer, int batches, String amp) {
        Map<String, HostTensor> group = weights(whole("group", backend, optimizer, batches, amp)
                .learningRate(0.02)
                .set("weight-decay", 0.3)
                .set("param-group", "*:lr=0.5,weight-decay=0.02")
                .run());
        Map<String, HostTensor> same = weights(whole("same", backend, optimizer, batches, amp)
                .learningRate(0.01)
                .set("weight-decay", 0.02)
                .run());
        same.forEach(
                (name, tensor) -> assertEquals(tensor.bytes(), group.get(name).bytes(), name));
    }

    private Training whole(String name, String backend, String optimizer, int batches, String amp) {
        Training run = run(name, backend)
                .optimizer(optimizer)
                .batchSize(16 / batches)
                .gradAccumSteps(batches)
                .set("clip-mode", batches == 1 ? "norm" : "agc")
                .set("clip-grad", batches == 1 ? 0.5 : 0.05)
                .set("warmup-epochs", 0.5)
                .set("model-ema", 0.9);
        if (backend.equals("cuda")) run.set("device-data", true);
        return amp == null ? run : run.set("amp", true).set("amp-dtype", amp);
    }

    /** After one step of plain gradient descent, what each weight has moved by is its rate times the same gradient. */
    @ParameterizedTest
    @CsvSource({"reference, 1e-7", "onednn, 1e-6", "cuda, 1e-6"})
    void eachGroupMovesByItsOwnRateAndDecay(String backend, double tolerance) {
        Map<String, HostTensor> first =
                weights(step("first", backend).learningRate(1e-30).run());
        TrainingResult plain = step("plain", backend).run();
        TrainingResult grouped = step("grouped", backend)
                .set("weight-decay", 0.2)
                .parameterGroup("conv1", 0.1)
                .parameterGroup("linear*", 2, 0.5)
                .run();
        assertEquals(
                plain.epochs().get(0).gradientNorm(),
                grouped.epochs().get(0).gradientNorm(),
                0,
                "the norm is over all");
        Map<String, HostTensor> moved = weights(plain);
        weights(grouped).forEach((name, now) -> {
            if (name.contains("running")) return;
            boolean body = name.startsWith("conv1"), head = name.startsWith("linear1");
            double factor = (float) (body ? 0.1 : head ? 2 : 1), decay = head ? 0.5 : 0.2;
            if (now.shape().rank() <= 1) decay = 0;
            for (long i = 0; i < now.shape().elements(); i++) {
                double w = first.get(name).get(i),
                        gradient = (w - moved.get(name).get(i)) / (float) 0.1;
                double expected = w - (float) 0.1 * factor * (gradient + decay * w);
                assertEquals(expected, now.get(i), tolerance, name);
            }
        });
        assertEquals(
                "parameter groups: conv1 (60 parameters) lr x 0.1, weight decay 0.2; linear* (388 parameters) lr x 2,"
                        + " weight decay 0.5; the rest (12 parameters) lr x 1, weight decay 0.2",
                notices.stream()
                        .filter(n -> n.startsWith("parameter"))
                        .findFirst()
                        .orElseThrow());
    }

    private Training step(String name, String backend) {
        return run(name, backend)
                .set("momentum", 0)
                .set("weight-decay", 0)
                .set("sched", "constant")
                .set("clip-grad", 0.25)
                .set("max-steps", 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "nesterov", "adam", "adamw", "rmsprop", "adagrad"})
    void goesOnWithTheSameBits(String optimizer) {
        TrainingResult whole = grouped("whole", optimizer).run();
        ResumeTest.stopAfter(grouped("part", optimizer), 11);
        TrainingResult rest = resumed("part").run();
        ResumeTest.assertSameBits(whole.last(), rest.last());
    }

    private Training grouped(String name, String optimizer) {
        return run(name, "onednn")
                .optimizer(optimizer)
                .batchSize(8)
                .gradAccumSteps(2)
                .set("model-ema", 0.9)
                .set("layer-decay", 0.75)
                .parameterGroup("linear1", 2, 0.01);
    }

    private Training resumed(String name) {
        return Training.resume(ResumePoint.at(folder.resolve(name)))
                .data(train, test)
                .listener(new TrainingListener() {});
    }

    @Test
    void otherGroupsAreAnotherRun() {
        ResumeTest.stopAfter(grouped("part", "sgd"), 3);
        String was = "param-group was linear1:lr=2,weight-decay=0.01 and is now ";
        for (String other : List.of("linear1:lr=3,weight-decay=0.01", "null")) {
            TrainingException e = assertThrows(
                    TrainingException.class,
                    () -> resumed("part").set("param-group", other).run());
            assertTrue(e.getMessage().contains(was), e.getMessage());
        }
        assertThrows(
                TrainingException.class,
                () -> resumed("part").set("layer-decay", 0.5).run());
        // The same groups in other words.
        resumed("part")
                .set("param-group", " linear1 : weight_decay=1e-2, lr=2.0")
                .run();
    }

    /** Twice the rates with half of them for all layers: the same losses. */
    @Test
    void aRangeTestKeepsTheFactors() {
        List<Double> losses =
                run("plain", "onednn").trainer().testRates(new RateTest.Range(1e-3, 0.1, 12)).points().stream()
                        .map(RateTest.Point::loss)
                        .toList();
        List<Double> grouped = run("grouped", "onednn")
                .parameterGroup("*", 0.5)
                .trainer()
                .testRates(new RateTest.Range(2e-3, 0.2, 12))
                .points()
                .stream()
                .map(RateTest.Point::loss)
                .toList();
        assertEquals(12, losses.size());
        for (int i = 0; i < 12; i++) assertEquals(losses.get(i), grouped.get(i), 1e-6 * losses.get(i));
        assertEquals(
                List.of("parameter groups: * (460 parameters) lr x 0.5, weight decay 0"),
                notices.stream().filter(n -> n.startsWith("parameter")).toList());
    }

    @Test
    void theRateOfALayerFallsWithItsDepth() {
        Map<String, Double> rates = new LinkedHashMap<>();
        Network network = Network.of(Architectures.find("resnet18"));
        Graph graph = InferenceGraph.build(network, 1, g -> g);
        TrainingConfig config =
                TrainingConfig.DEFAULTS.with("layer-decay", "0.5").with("param-group", "layer4:lr=0.25");
        UpdateGroups groups = new UpdateGroups(config, graph.parameters());
        graph.parameters()
                .forEach(p -> rates.put(
                        p.name(), groups.grouping().settings().apply(p.name()).rate()));
        // The stem, two blocks in each of four stages, the head: ten steps, as in BEiT's and timm's recipes.
        assertEquals(Math.pow(0.5, 9), rates.get("conv1.weight"));
        assertEquals(Math.pow(0.5, 9), rates.get("bn1.weight"));
        assertEquals(Math.pow(0.5, 8), rates.get("layer1/0/conv1.weight"));
        assertEquals(Math.pow(0.5, 7), rates.get("layer1/1/bn2.bias"));
        assertEquals(0.25 * Math.pow(0.5, 2), rates.get("layer4/0/conv1.weight"), "of group and depth the product");
        assertEquals(0.25 * 0.5, rates.get("layer4/1/conv2.weight"));
        assertEquals(1, rates.get("fc.weight"));
        assertTrue(
                groups.sentence()
                        .orElseThrow()
                        .endsWith("layer decay 0.5: lr x 0.00195 at conv1 to 1 at fc, in 10 steps"),
                groups.sentence().toString());
    }

    @Test
    void frozenLayersAreInNoGroup() {
        run("some", "onednn")
                .epochs(1)
                .set("freeze", "conv1")
                .parameterGroup("conv1,batch_norm1", 0.1)
                .run();
        assertTrue(
                notices.contains(
                        "parameter groups: conv1,batch_norm1 (12 parameters) lr x 0.1, weight decay 0; the rest"
                                + " (388 parameters) lr x 1, weight decay 0; 60 parameters are frozen"),
                notices.toString());
        refused(
                "has nothing left to train",
                run("all", "onednn").set("freeze", "conv*").parameterGroup("conv1", 0.1));
    }

    @Test
    void aGroupMustHaveLayers() {
        refused(
                "param-group names head, but no layer of that name has weights; there are [conv1, batch_norm1, linear1]",
                run("x", "onednn").parameterGroup("conv1,head", 0.1));
        refused(
                "param-group conv1:lr=0.1 has nothing left to train: its layers are frozen or in a group before it",
                run("x", "onednn").parameterGroup("*", 0.5).parameterGroup("conv1", 0.1));
    }

    private static void refused(String message, Training training) {
        TrainingException e = assertThrows(TrainingException.class, training::run);
        assertTrue(e.getMessage().startsWith(message) || e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void groupsAreWrittenInManyWays() throws IOException {
        String text = "conv1,layer1/*:lr=0.1,weight-decay=0; fc:lr=2";
        TrainingConfig config = TrainingConfig.DEFAULTS.with("param-group", text);
        assertEquals(text, config.values().get("param-group"));
        List<TrainingConfig> same = new ArrayList<>();
        same.add(TrainingConfig.DEFAULTS.with("param_group", "conv1,layer1/*:lr=.10,weight_decay=0.0,fc:lr=2"));
        same.add(Training.of(TrainingConfig.DEFAULTS)
                .parameterGroup("conv1,layer1/*", 0.1, 0)
                .parameterGroup("fc", 2)
                .config());
        for (String yaml : List.of(
                config.toYaml(),
                "param-group: ['conv1,layer1/*:lr=0.1,weight-decay=0', fc:lr=2]",
                "param_group:\n  - conv1,layer1/*:lr=0.1,weight-decay=0\n  - fc: lr=2\n",
                "param-group:\n  conv1,layer1/*: {lr: 0.1, weight-decay: 0}\n  fc: {lr: 2}\n")) {
            Path file = Files.writeString(folder.resolve("args.yaml"), yaml);
            same.add(TrainingConfig.DEFAULTS.withFile(file));
        }
        for (TrainingConfig c : same) assertEquals(config, c);
        assertEquals(
                "a:lr=1e-7".replace("1e-7", "0.0000001"),
                LayerGroups.parse("a:lr=1e-7").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "conv1|param-group is 'conv1'; use layers, a colon and what they are trained with, such as",
                "lr=0.1|param-group is 'lr=0.1'; use layers",
                "conv1;fc:lr=0.1|param-group is 'conv1;fc:lr=0.1'; use layers",
                ":lr=0.1|param-group is ''; use names of layers with commas between",
                "conv1:|param-group conv1 has ''; what a group can have is lr=FACTOR and weight-decay=W",
                "conv1:momentum=0.9|param-group conv1 has 'momentum=0.9'; what a group can have is",
                "conv1:lr=fast|param-group conv1 expects a number as lr, got 'fast'",
                "conv1:lr=0|param-group conv1 has lr=0.0; use a factor above 0, such as 0.1 (--freeze is for",
                "conv1:lr=-1|param-group conv1 has lr=-1.0; use a factor above 0",
                "conv1:lr=NaN|param-group conv1 has lr=NaN; use a factor above 0",
                "conv1:weight-decay=-1|param-group conv1 has weight-decay=-1.0; use 0 or more",
                "conv1:lr=2,lr=3|param-group conv1 has lr twice; remove one of them",
                "conv1:lr=1|param-group conv1 is trained like the rest; give it"
            })
    void whatIsNoGroupIsRefused(String text, String message) {
        TrainingException e =
                assertThrows(TrainingException.class, () -> TrainingConfig.DEFAULTS.with("param-group", text));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    @Test
    void nonsenseInFilesIsRefusedWithItsPlace() throws IOException {
        for (String yaml : List.of("param-group: {conv1: [1, 2]}", "param-group: [[{conv1: {lr: {a: 1}}}]]")) {
            Path file = Files.writeString(folder.resolve("args.yaml"), "\n" + yaml);
            TrainingException e = assertThrows(TrainingException.class, () -> TrainingConfig.DEFAULTS.withFile(file));
            assertTrue(e.getMessage().contains("args.yaml:2: param-group expects a text such as"), e.getMessage());
        }
        for (double wrong : new double[] {0, 1, -0.5, 2})
            assertThrows(
                    TrainingException.class, () -> TrainingConfig.DEFAULTS.with("layer-decay", Double.toString(wrong)));
    }
}
