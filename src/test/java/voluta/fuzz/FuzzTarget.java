package voluta.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.ModelDescription;
import voluta.checkpoint.RunState;
import voluta.checkpoint.Safetensors;
import voluta.data.DataInputs;
import voluta.model.Architectures;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.VolutaException;
import voluta.train.PastRun;
import voluta.train.RunFolder;
import voluta.train.TrainingConfig;

/** What reads files that come from anywhere. Whatever the bytes, it reads them or refuses them with a typed exception. */
enum FuzzTarget {
    SAFETENSORS(FuzzTarget::checkpoints, (input, folder) -> {
        Path file = Files.write(folder.resolve("a.safetensors"), input);
        Safetensors.read(file);
        Checkpoint.load(file);
        PastRun.of(file);
    }),
    IDX(DataInputs::idxFiles, DataInputs::idx),
    CIFAR(DataInputs::cifarFiles, DataInputs::cifar),
    TAR(DataInputs::tars, DataInputs::tar),
    CSV(
            () -> texts(
                    "path,label\na.png,cat\n\"a.png\",\"d\"\"og\"\n", "split,path,label\ntrain,a.png,1\nval,a.png,0\n"),
            DataInputs::csv),
    NETWORK_YAML(
            FuzzTarget::networks, (input, folder) -> Network.of(NetworkDescription.parse(text(input), "net.yaml"))),
    OPTIONS_YAML(
            () -> texts(TrainingConfig.DEFAULTS.toYaml(), "lr: 0.1\nopt-betas: [0.9, 0.99]\ntime: 1.5h\n"),
            (input, folder) -> TrainingConfig.DEFAULTS.withFile(Files.write(folder.resolve("args.yaml"), input))),
    RUN_FOLDER(FuzzTarget::runs, FuzzTarget::readRun),
    JPEG(DataInputs::jpegs, (input, folder) -> DataInputs.jpeg(input)),
    JPEG_FILE(DataInputs::jpegs, (input, folder) -> DataInputs.picture(input)),
    PNG(() -> DataInputs.pictures("png"), (input, folder) -> DataInputs.picture(input)),
    GIF(() -> DataInputs.pictures("gif"), (input, folder) -> DataInputs.picture(input)),
    BMP(() -> DataInputs.pictures("bmp"), (input, folder) -> DataInputs.picture(input)),
    WEBP(() -> DataInputs.pictures("webp"), (input, folder) -> DataInputs.picture(input));

    /** Between the files of a run in one input. */
    private static final String CUT = "\n=====\n";

    /** Reads an input, with a folder to put it into. */
    private interface Reader {
        void read(byte[] input, Path folder) throws IOException;
    }

    private final Supplier<List<byte[]>> seeds;
    private final Reader reader;

    FuzzTarget(Supplier<List<byte[]>> seeds, Reader reader) {
        this.seeds = seeds;
        this.reader = reader;
    }

    /** Good inputs, and those that have once shown a mistake. */
    List<byte[]> seeds() {
        List<byte[]> all = new ArrayList<>(seeds.get());
        Path findings = Path.of("src/test/resources/voluta/fuzz").resolve(name());
        if (!Files.isDirectory(findings)) return all;
        try (Stream<Path> files = Files.list(findings).sorted()) {
            for (Path file : files.toList()) all.add(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /**
     * Reads an input; anything but a typed exception comes through.
     *
     * @param folder empty at first, for nobody else
     * @return whether it was accepted
     */
    boolean read(byte[] input, Path folder) {
        try {
            reader.read(input, folder);
            return true;
        } catch (VolutaException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) throw new IllegalStateException("no message", e);
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }

    private static List<byte[]> texts(String... texts) {
        return Stream.of(texts).map(t -> t.getBytes(StandardCharsets.UTF_8)).toList();
    }

    private static List<byte[]> checkpoints() {
        String network = "name: a\ninput: [1, 2, 2]\nclasses: 2\nlayers:\n  - flatten\n  - linear: classes\n";
        ModelDescription model =
                new ModelDescription(network, List.of("a", "b"), Shape.of(1, 2, 2), List.of(0.5), List.of(0.25));
        RunState run = new RunState(1, 2, 3, 4, Map.of("loss", 0.5), "lr: 0.1\n", Map.of("epochs", ""));
        Map<String, HostTensor> weights = Map.of("linear1/weight", HostTensor.f32(Shape.SCALAR, 1f));
        try {
            Path file = Files.createTempFile("seed", ".safetensors");
            try {
                new Checkpoint(model, run, weights, Map.of("optimizer", weights)).save(file);
                return List.of(Files.readAllBytes(file));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<byte[]> networks() {
        return Architectures.names().stream()
                .map(name -> Architectures.named(name).yaml())
                .filter(yaml -> yaml.length() < 4_000)
                .map(yaml -> yaml.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private static List<byte[]> runs() {
        String results = "epoch,step,lr,train_loss,train_top1,val_loss,val_top1\n1,5,0.1,0.5,0.6,0.7,0.8\n";
        String progress =
                "{\"event\":\"run_started\",\"epochs\":2,\"total_steps\":10,\"steps_per_epoch\":5,\"pid\":1}\n"
                        + "{\"event\":\"steps\",\"epoch\":1,\"step\":5,\"loss\":\"NaN\",\"ms_per_step\":1.5}\n"
                        + "{\"event\":\"epoch\",\"epoch\":1,\"seconds\":2.5,\"best\":true}\n";
        return texts(results + CUT + progress);
    }

    private static void readRun(byte[] input, Path folder) throws IOException {
        String[] files = text(input).split(CUT, 2);
        Files.writeString(folder.resolve("args.yaml"), "lr: 0.1\n");
        Files.writeString(
                folder.resolve("model.yaml"), "name: a\ninput: [1, 2, 2]\nclasses: 2\nlayers: [flatten, linear]\n");
        Files.writeString(folder.resolve("results.csv"), files[0]);
        Files.writeString(folder.resolve("progress.jsonl"), files.length > 1 ? files[1] : "");
        RunFolder run = RunFolder.read(folder);
        run.best();
        run.progress().secondsLeft();
        run.progress().processGone();
    }
}
