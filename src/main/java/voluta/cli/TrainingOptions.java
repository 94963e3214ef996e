package voluta.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import voluta.train.TrainingConfig;

/**
 * The options of a training run on the command line: how each is written and what its help says. What they are called in
 * files, which values they take and what they are unless given is {@link TrainingConfig}'s matter.
 */
final class TrainingOptions {
    private static final String FLAG = "";
    /** The option that may be given more than once. */
    private static final String REPEATED = "param-group";

    /** One row of the help. */
    private record Row(String name, String alias, String label, String description) {
        private Row(String name, String label, String description) {
            this(name, null, label, description);
        }
    }

    private static final List<Row> ROWS = List.of(
            new Row("model", "MODEL", "The network: the name of a shipped one, or a YAML file."),
            new Row(
                    "initial-checkpoint",
                    "FILE",
                    "Weights to begin with: a checkpoint, or any safetensors file with tensors of the same names."),
            new Row("num-classes", "N", "Number of classes; checked against the data."),
            new Row(
                    "drop",
                    "RATE",
                    "Dropout rate, below 1, of the network's dropout layers; where it has none, of one before its last linear"
                            + " layer. Otherwise as the network says."),
            new Row("img-size", "SIZE", "Size of the network's input, 32 or 32x48 (height x width)."),
            new Row(
                    "crop-pct",
                    "SHARE",
                    "Share of a picture's shorter side that is kept where no crop is drawn, such as 0.875: it is scaled to"
                            + " --img-size / SHARE, and the middle cut out."),
            new Row("interpolation", "NAME", "How pictures are scaled: bilinear, bicubic or lanczos."),
            new Row(
                    "data-dir",
                    "PLACE",
                    "Folder with the data (a folder of pictures for each class, tar archives, CSV manifests, IDX, CIFAR-10), or"
                            + " one CSV file; without it, the carried subset of Fashion-MNIST."),
            new Row("train-split", "SPLIT", "Split to train on."),
            new Row(
                    "val-split",
                    "SPLIT",
                    "Split to evaluate on after each epoch; validation is also found as val, valid or test."),
            new Row("fraction", "SHARE", "Train on this share of the images of each class, such as 0.1."),
            new Row("class-map", "FILE", DataOption.CLASS_MAP),
            new Row("max-bad", "SHARE", "Share of pictures that may be unreadable and skipped, such as 1% or 0.01."),
            new Row("cache-dir", "FOLDER", "Folder for decoded pictures, for sets too large to be kept in memory."),
            new Row(
                    "batch-size",
                    "-b",
                    "N",
                    "Images in a batch; -1 for as many as fit into the memory, 0.8 for as many as fit into that share of it."),
            new Row(
                    "grad-accum-steps",
                    "N",
                    "Batches in a step: gradients are accumulated over them, so that a step learns from N times --batch-size"
                            + " images in the memory of one batch."),
            new Row("workers", "-j", "N", "Threads that prepare images."),
            new Row(
                    "augmentation",
                    "--aa",
                    "STEPS",
                    "How training images are changed at random: none, or steps such as shift=4, flip, vflip, crop=0.08-1,"
                            + " rotate=15, jitter=0.4, rand=2:9 with commas between them."),
            new Row("reprob", "P", "Share of training images of which a rectangle is erased."),
            new Row("mixup", "A", "Mix training images in pairs, shares from Beta(A,A), such as 0.2; 0 is off."),
            new Row("cutmix", "A", "Put rectangles of training images into others, areas from Beta(A,A); 0 is off."),
            new Row("epochs", "N", "How often the training images are gone through."),
            new Row("max-steps", "N", "Ends the run after so many steps, whatever --epochs says."),
            new Row("opt", "NAME", "Optimizer: sgd, adam, adamw, rmsprop or adagrad."),
            new Row("lr", "RATE", "Learning rate."),
            new Row("momentum", "M", "Momentum of sgd and rmsprop, below 1. Default: 0.9 with sgd, else none."),
            new Row("nesterov", FLAG, "Nesterov's momentum, with sgd."),
            new Row("opt-betas", "B1,B2", "Decay of the moments of adam and adamw. Default: 0.9,0.999."),
            new Row("opt-eps", "E", "What adaptive optimizers add to their denominator. Default: the optimizer's own."),
            new Row("weight-decay", "W", "Weight decay. Default: the optimizer's own."),
            new Row(
                    "sched",
                    "NAME",
                    "Schedule of the learning rate: constant, cosine, linear, polynomial, step, multistep, exponential or"
                            + " one-cycle."),
            new Row("warmup-epochs", "E", "Epochs in which the learning rate rises from 0; fractions count."),
            new Row("min-lr", "RATE", "Learning rate at the end of the schedule."),
            new Row("decay-epochs", "E", "Epochs between two decays, with --sched step or exponential."),
            new Row(
                    "decay-milestones",
                    "E[,E...]",
                    "Epochs after which the learning rate decays, with --sched multistep, such as 30,60,80."),
            new Row("decay-rate", "R", "What a decay multiplies the learning rate by."),
            new Row("decay-power", "P", "Power of the share of the run that is left, with --sched polynomial."),
            new Row("clip-grad", "LIMIT", "Clip gradients to this norm or value; without it, they are not clipped."),
            new Row(
                    "clip-mode",
                    "MODE",
                    "What is clipped: norm (all together), parameter-norm (each tensor), value, or agc (adaptive: each unit by its"
                            + " weights' norm, so that --clip-grad is a ratio such as 0.01)."),
            new Row("loss", "NAME", "What is minimised: cross-entropy."),
            new Row("smoothing", "S", "Label smoothing, below 1."),
            new Row("seed", "N", "Seed of everything random: same seed, same run."),
            new Row("amp", FLAG, "Mixed precision: activations in bf16 (see --amp-dtype), weights and sums in f32."),
            new Row(
                    "amp-dtype",
                    "TYPE",
                    "Type of the activations with --amp: bfloat16, or float16 with a loss scale, which is for CUDA."),
            new Row(
                    "loss-scale",
                    "S",
                    "With float16, what the loss is multiplied by at first, a power of two; halved when gradients overflow."),
            new Row(
                    "loss-scale-interval",
                    "N",
                    "With float16, steps without overflow after which the loss scale is doubled."),
            new Row(
                    "backend",
                    "NAME",
                    "Where to compute: auto, cuda, onednn or reference; one asked for by name is an error where it does"
                            + " not work."),
            new Row("device", "N", DeviceOption.DEVICE),
            new Row("threads", "N", DeviceOption.THREADS),
            new Row("deterministic", FLAG, DeviceOption.DETERMINISTIC),
            new Row("tf32", FLAG, DeviceOption.TF32),
            new Row("autotune", FLAG, DeviceOption.AUTOTUNE),
            new Row(
                    "device-data",
                    FLAG,
                    "Keep the training images in the GPU's memory and gather, shift, flip and erase there; the batches are the"
                            + " same. The validation images go there too where there is plenty of room."),
            new Row("memory-limit", "SIZE", DeviceOption.MEMORY_LIMIT),
            new Row("patience", "N", "End the run when --eval-metric has not improved for so many epochs."),
            new Row("eval-metric", "NAME", "What decides which epoch was the best: top1, top5 or loss."),
            new Row("output", "FOLDER", "Folder in which each run gets a folder of its own."),
            new Row("experiment", "NAME", "Name of the run's folder; otherwise train, train-2, train-3, ..."),
            new Row("log-interval", "N", "Steps between two reports."),
            new Row("checkpoint-hist", "N", "Checkpoints to keep besides the best: the newest and those before it."),
            new Row("recovery-interval", "N", "Write a checkpoint every so many steps, not only after each epoch."),
            new Row(
                    "time",
                    "TIME",
                    "End the run with a checkpoint after this time, such as 45m or 1.5h; --resume goes on with it."),
            new Row("freeze", "LAYERS", "Layers that are not trained: names or patterns such as conv1,layer1/*."),
            new Row(
                    "param-group",
                    "GROUP",
                    "Layers with a learning rate (a factor) and a weight decay of their own, such as"
                            + " 'conv1,layer1/*:lr=0.1,weight-decay=0'. May be repeated: a layer is in the first group that"
                            + " names it."),
            new Row(
                    "layer-decay",
                    "D",
                    "Learning rate of each layer, or repetition of a block, as a share of that of the one after it, such as"
                            + " 0.75; the last has the full rate."),
            new Row(
                    "model-ema",
                    "--ema",
                    "DECAY",
                    "Keep a moving average of the weights, which is then what is evaluated, and used by val and predict."));

    /** The headings of the help, each before the row that it names. */
    private static final Map<String, String> HEADINGS = Map.of(
            "model", "Network",
            "data-dir", "Data",
            "batch-size", "Batches and augmentation",
            "epochs", "Optimization",
            "seed", "Seed, precision and device",
            "patience", "End, records and checkpoints",
            "freeze", "Single layers, and the average of weights");

    private TrainingOptions() {}

    /** Adds the options to a command, with what they are unless given. */
    static void declare(CommandSpec command) {
        Map<String, String> defaults = TrainingConfig.DEFAULTS.values();
        ArgGroupSpec.Builder section = null;
        for (Row row : ROWS) {
            if (HEADINGS.containsKey(row.name)) {
                if (section != null) command.addArgGroup(section.build());
                section = ArgGroupSpec.builder().validate(false).heading("%n" + HEADINGS.get(row.name) + "%n");
            }
            String value = defaults.get(row.name);
            boolean flag = row.label.equals(FLAG);
            String suffix = value == null || flag ? "" : " Default: " + value + ".";
            OptionSpec.Builder option = row.alias == null
                    ? OptionSpec.builder("--" + row.name)
                    : OptionSpec.builder(row.alias, "--" + row.name);
            // The library takes descriptions for formats.
            option.description((row.description + suffix).replace("%", "%%"));
            if (flag) option.type(boolean.class).negatable(true);
            else if (row.name.equals(REPEATED))
                option.type(List.class).auxiliaryTypes(String.class).paramLabel(row.label);
            else option.type(String.class).paramLabel(row.label);
            section.addArg(option.build());
        }
        command.addArgGroup(section.build());
    }

    /** The configuration: the command line over what is so otherwise. */
    static TrainingConfig read(CommandSpec command, TrainingConfig otherwise) {
        TrainingConfig config = otherwise;
        for (Map.Entry<String, String> e : given(command).entrySet()) config = config.with(e.getKey(), e.getValue());
        return config;
    }

    /** What the command line says, by the options' names in files. */
    private static Map<String, String> given(CommandSpec command) {
        Map<String, String> given = new LinkedHashMap<>();
        for (Row row : ROWS) {
            OptionSpec option = command.commandLine().getParseResult().matchedOption("--" + row.name);
            if (option != null) given.put(row.name, text(option.getValue()));
        }
        return given;
    }

    private static String text(Object value) {
        if (!(value instanceof List<?> all)) return value.toString();
        return all.stream().map(Object::toString).collect(Collectors.joining("; "));
    }

    static List<String> names() {
        return ROWS.stream().map(Row::name).toList();
    }
}
