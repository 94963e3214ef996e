package voluta.experiment;

import java.util.List;
import voluta.tensor.Nearest;

/** Something to be tried out. Implementations have no state. */
public interface Experiment {
    /** All of them, in the order of the documentation. */
    List<Experiment> ALL = List.of(
            new NormalizationExperiment(),
            new ClippingExperiment(),
            new DilationExperiment(),
            new PoolingExperiment(),
            new OneByOneExperiment());

    /** The word on the command line. */
    String name();

    /** What is asked, in one sentence. */
    String question();

    /**
     * Does it; takes minutes.
     *
     * @throws java.util.concurrent.CancellationException if the laboratory was {@linkplain Laboratory#stop stopped}
     * @throws voluta.tensor.VolutaException if the backend or its memory does not allow it
     */
    Outcome run(Laboratory laboratory);

    /** The one of this name. */
    static Experiment named(String name) {
        List<String> names = ALL.stream().map(Experiment::name).toList();
        return ALL.stream()
                .filter(e -> e.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new ExperimentException("there is no experiment " + name + Nearest.suggestion(name, names)));
    }
}
