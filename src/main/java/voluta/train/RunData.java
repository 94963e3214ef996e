package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.data.ArrayShape;
import voluta.data.Dataset;
import voluta.data.DatasetStatistics;
import voluta.data.Datasets;
import voluta.data.ImageShape;
import voluta.model.Architectures;
import voluta.model.NetworkDescription;
import voluta.model.Pixels;

/**
 * The data of a run, in the network's size, and the network, for the data's channels and classes.
 *
 * @param training what is learnt from
 * @param evaluation what is measured on
 * @param statistics of the training images
 * @param network what is trained
 */
record RunData(Dataset training, Dataset evaluation, DatasetStatistics statistics, NetworkDescription network) {
    /**
     * Opens what the options name.
     *
     * @param given a description to train, or null for the one that the options name
     * @param resumed what goes on with these data, or null
     * @throws voluta.tensor.VolutaException if network and data, or the two splits, do not fit together
     */
    static RunData open(TrainingConfig config, NetworkDescription given, ResumePoint resumed) {
        Dataset training = Datasets.open(config.dataOptions(config.trainSplit()));
        Dataset evaluation = null;
        boolean done = false;
        try {
            evaluation = Datasets.open(config.dataOptions(config.valSplit()));
            RunData data = of(config, given, training, evaluation, resumed);
            done = true;
            return data;
        } finally {
            if (!done) training.close();
            if (!done && evaluation != null) evaluation.close();
        }
    }

    /** The same with data sets that are open already. */
    static RunData of(
            TrainingConfig config, NetworkDescription given, Dataset all, Dataset evaluation, ResumePoint resumed) {
        Dataset training = all.share(config.fraction());
        checkSplits(config, training, evaluation);
        Dataset relabelled = evaluation.withClasses(training.classNames());
        ImageShape shape = training.imageShape();
        if (config.imgSize().isPresent()) {
            int[] size = TrainingConfig.size(config.imgSize().get());
            shape = new ImageShape(shape.channels(), size[0], size[1]);
        }
        NetworkDescription described = training.arrayShape().isPresent()
                ? network(config, given, training, training.arrayShape().get())
                : network(config, given, training, shape);
        NetworkDescription network = config.adapted(described);
        Dataset fitted = training.resized(shape, config.framing());
        int batches = config.gradAccumSteps(), most = fitted.size() / batches;
        if (config.batchSize().fixed() > most) {
            String step = batches == 1 ? "" : " and a step has " + batches + " batches";
            throw new TrainingException("the batch size is " + config.batchSize() + step + ", but " + training.name()
                    + " has " + training.size() + " images; "
                    + (most > 0 ? "use a batch size of at most " + most : "use a smaller grad-accum-steps"));
        }
        DatasetStatistics statistics = Optional.ofNullable(resumed)
                .flatMap(r -> r.statistics(fitted))
                .orElseGet(() -> DatasetStatistics.of(fitted, config.workers()));
        return new RunData(fitted, relabelled.resized(shape, config.framing()), statistics, network);
    }

    private static void checkSplits(TrainingConfig config, Dataset training, Dataset evaluation) {
        int classes = training.classNames().size();
        if (classes == 1) {
            throw new TrainingException(training.name() + " has one class, '"
                    + training.classNames().get(0)
                    + "', so there is nothing to tell apart; put the samples of each class into a folder of its own");
        }
        if (config.numClasses().isPresent() && config.numClasses().get() != classes) {
            throw new TrainingException("num-classes is " + config.numClasses().get() + ", but " + training.name()
                    + " has " + classes + " classes; leave num-classes out, or correct the data");
        }
        if (training.arrayShape().isPresent() || evaluation.arrayShape().isPresent()) {
            checkArrays(config, training, evaluation);
            return;
        }
        if (config.imgSize().isEmpty() && !training.sameSize()) {
            throw new TrainingException("the pictures of " + training.name()
                    + " differ in size; say what to bring them to with img-size, for instance 224");
        }
        if (config.imgSize().isEmpty()
                && evaluation.sameSize()
                && !training.imageShape().equals(evaluation.imageShape())) {
            throw new TrainingException(training.name() + " has images of " + training.imageShape() + ", "
                    + evaluation.name() + " of " + evaluation.imageShape()
                    + "; bring them to one size with img-size, for instance "
                    + training.imageShape().height());
        }
    }

    private static void checkArrays(TrainingConfig config, Dataset training, Dataset evaluation) {
        if (!training.arrayShape().equals(evaluation.arrayShape())) {
            throw new TrainingException(training.name() + " holds " + kind(training) + ", " + evaluation.name() + " "
                    + kind(evaluation) + "; bring them to one shape");
        }
        if (config.imgSize().isPresent()) {
            throw new TrainingException("img-size is " + config.imgSize().get() + ", but " + training.name() + " holds "
                    + kind(training) + ", which are not scaled; leave it out");
        }
    }

    private static String kind(Dataset data) {
        return data.arrayShape().map(s -> "arrays of " + s).orElseGet(() -> "images of " + data.imageShape());
    }

    /** The network for arrays, which are not brought to its size. */
    private static NetworkDescription network(
            TrainingConfig config, NetworkDescription given, Dataset data, ArrayShape shape) {
        NetworkDescription network = given == null ? Architectures.find(config.model()) : given;
        if (!network.input().equals(shape.dims())) {
            throw new TrainingException("the network " + network.name() + " takes " + network.input() + ", "
                    + data.name() + " holds arrays of " + shape + "; give a network with input: " + shape
                    + " as --model (docs/examples has some)");
        }
        return withClasses(network, data);
    }

    private static NetworkDescription withClasses(NetworkDescription network, Dataset data) {
        int classes = data.classNames().size();
        if (network.classes() == classes) return network;
        throw new TrainingException("the network " + network.name() + " has " + network.classes() + " classes, "
                + data.name() + " has " + classes + "; set classes to " + classes);
    }

    private static NetworkDescription network(
            TrainingConfig config, NetworkDescription given, Dataset data, ImageShape shape) {
        int classes = data.classNames().size();
        if (given == null && Architectures.names().contains(config.model())) {
            NetworkDescription shipped = Architectures.named(config.model());
            return shipped.withInput(shape.channels(), shape.height(), shape.width())
                    .withClasses(classes);
        }
        NetworkDescription network = given == null ? Architectures.find(config.model()) : given;
        List<Integer> input = network.input();
        if (input.size() != 3 || input.get(1) != shape.height() || input.get(2) != shape.width()) {
            String remedy = input.size() == 3
                    ? "set img-size to " + input.get(1) + "x" + input.get(2) + ", or the input to"
                    : "set the input to";
            throw new TrainingException("the network " + network.name() + " takes " + input + ", the images are "
                    + shape + "; " + remedy + " [" + shape.channels() + ", " + shape.height() + ", "
                    + shape.width() + "]");
        }
        return withClasses(network, data);
    }

    /** The normalisation of the images; a channel that is the same everywhere is only shifted. */
    Pixels pixels() {
        List<Double> mean = new ArrayList<>(), std = new ArrayList<>();
        for (int c = 0; c < statistics.channels(); c++) {
            mean.add(statistics.mean()[c]);
            double s = statistics.std()[c];
            std.add(s > 0 ? s : 1.0);
        }
        return new Pixels(mean, std);
    }

    /** @param images in a step */
    int stepsPerEpoch(int images) {
        return training.size() / images;
    }
}
