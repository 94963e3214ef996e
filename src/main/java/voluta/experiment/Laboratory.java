package voluta.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.data.Split;
import voluta.explain.Theme;
import voluta.model.NetworkDescription;
import voluta.model.TextTable;
import voluta.train.Trainer;
import voluta.train.Training;
import voluta.train.TrainingConfig;
import voluta.train.TrainingListener;
import voluta.train.Trial;

/** Where experiments are done: how large they are, what computes, who hears of progress. Driven by one thread. */
public final class Laboratory {
    /**
     * How an experiment is done.
     *
     * @param base options of every training that the experiment does not set: the backend and how it is opened
     * @param quick fewer cases, seeds and steps: to see that it works, not what comes out
     * @param steps of each training; otherwise the experiment's own number
     * @param seeds how often each training is done, each time with other first weights and order of images
     * @param seed the first
     */
    public record Settings(
            TrainingConfig base, boolean quick, OptionalInt steps, OptionalInt seeds, long seed, Theme theme) {
        public Settings {
            if (steps.orElse(1) < 1)
                throw new ExperimentException("trainings of " + steps.getAsInt()
                        + " steps learn nothing; use 1 or more, such as --steps 100");
            if (seeds.orElse(1) < 1)
                throw new ExperimentException(
                        seeds.getAsInt() + " seeds give no numbers; use 1 or more, such as --seeds 3");
        }
    }

    /** A network has learnt something of the carried pictures if it has this share right; guessing gives 10 %. */
    static final double LEARNT = 0.5;

    /** Pictures of each split when it is to be quick. */
    private static final int QUICK_IMAGES = 128;

    private final Settings settings;
    private final Consumer<String> progress;
    private volatile boolean stopped;
    private volatile Trainer running;
    private int planned;
    private int done;
    private String backend = "";

    /** @param progress is told a line after each training */
    public Laboratory(Settings settings, Consumer<String> progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /** Ends the experiment after the step it is at. From any thread. */
    public void stop() {
        stopped = true;
        Trainer t = running;
        if (t != null) t.stop();
    }

    Theme theme() {
        return settings.theme();
    }

    /** One of two, by how large the experiment is to be. */
    <T> T pick(T full, T quick) {
        return settings.quick() ? quick : full;
    }

    int steps(int full, int quick) {
        return settings.steps().orElse(pick(full, quick));
    }

    /** The seeds of the trainings that are repeated. */
    List<Long> seeds(int full) {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < settings.seeds().orElse(pick(full, 1)); i++) all.add(settings.seed() + i);
        return all;
    }

    /** How many trainings there will be. */
    void plan(int trainings) {
        planned += trainings;
    }

    /** What computed: one line. */
    String backend() {
        return backend;
    }

    TrainingConfig base() {
        return settings.base();
    }

    /** A training with a constant learning rate, plain SGD and no weight decay, unless it is told otherwise. */
    Training training(NetworkDescription network, double rate, long seed) {
        Training t = Training.of(network).listener(new TrainingListener() {});
        settings.base().values().forEach(t::set);
        return t.set("opt", "sgd").set("sched", "constant").set("lr", rate).set("seed", seed);
    }

    /**
     * Trains, and tells the progress.
     *
     * @param what is trained, for people
     */
    Trial train(String what, Training training, Dataset learn, Dataset measure, Trial.Plan plan) {
        Trainer trainer = training.data(learn, measure).trainer();
        running = trainer;
        if (stopped) trainer.stop();
        Trial trial = trainer.trial(plan);
        running = null;
        if (stopped) throw new CancellationException("stopped");
        backend = trial.backend();
        done++;
        progress.accept(String.format(
                Locale.ROOT,
                "%d/%d  %s: %s%.1f %% right, %.1f s",
                done,
                Math.max(planned, done),
                what,
                trial.diverged() ? "diverged in step " + trial.steps().size() + ", " : "",
                100 * trial.evaluations().get(0).top1(),
                trial.seconds()));
        return trial;
    }

    /** Trains for so many steps, measures once, and looks at nothing in between. */
    Trial train(String what, Training training, Dataset learn, Dataset measure, int steps) {
        return train(what, training, learn, measure, new Trial.Plan(steps, List.of()));
    }

    /** How networks learn, for captions: the optimizer at its rate, and the batch. */
    String recipe(String optimizer, double rate) {
        return String.format(
                Locale.ROOT,
                "%s at rate %s, batch %d",
                optimizer,
                TextTable.number(rate),
                base().batchSize().images());
    }

    /** The conclusion where no network learnt. */
    static String nothing(double best) {
        return String.format(
                Locale.ROOT,
                "This says nothing: the networks learnt too little, the best had %.1f %% right; use more --steps, and no"
                        + " --quick.",
                100 * best);
    }

    /** For captions. */
    static String means(List<Long> seeds) {
        return seeds.size() == 1 ? "seed " + seeds.get(0) : "means of " + seeds.size() + " seeds";
    }

    /** How networks were trained, in a sentence. */
    String describe(String how, int steps, List<Long> seeds, Dataset learn, Dataset measure) {
        return String.format(
                Locale.ROOT,
                "Training: %s, %d steps, %d seed%s from %d; learnt from %,d pictures of Fashion-MNIST, measured on %,d"
                        + " others.",
                how,
                steps,
                seeds.size(),
                seeds.size() == 1 ? "" : "s",
                seeds.get(0),
                learn.size(),
                measure.size());
    }

    /** The carried pictures: what is learnt from, or what is measured on. */
    Dataset carried(Split split) {
        Dataset all = Datasets.carried(split);
        return settings.quick() ? Pictures.first(all, QUICK_IMAGES) : all;
    }
}
