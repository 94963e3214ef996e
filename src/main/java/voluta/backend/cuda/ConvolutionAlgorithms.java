package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import voluta.backend.AlgorithmCache;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceMemoryException;

/**
 * Chooses among cuDNN's algorithms, once for each pass of each convolution: the library's own ranking, or the fastest of
 * those that are measured. What is chosen has run once, so that what cannot be done shows here and not in a step.
 *
 * <p>Unmeasured, algorithms that add up products in a fixed order come first: results then agree with those of other
 * backends as closely as elsewhere, and are the same each time. Measuring takes all that cuDNN has (with {@code
 * --deterministic}, all that give the same bits each time), and remembers the result in a file.
 */
final class ConvolutionAlgorithms {
    /** One pass of one convolution on the device, ready to be tried. */
    interface Trials {
        /** What the library proposes, best first. */
        List<ConvolutionAlgorithm> proposed();

        /** All that the library's classic interface can do, in the order of its numbers. */
        List<ConvolutionAlgorithm> possible();

        /** What its graph interface can do, best first. */
        List<ConvolutionAlgorithm> plans();

        /**
         * Runs an algorithm and says how long it takes.
         *
         * @return microseconds, or empty if the library refuses after all
         * @throws DeviceMemoryException if there is no memory to try it in
         */
        OptionalDouble run(ConvolutionAlgorithm algorithm, boolean measure);
    }

    /** Whose algorithms are taken. */
    enum Source {
        /** Both interfaces' where they are measured; otherwise the graph interface's where the classic one has none. */
        ALL,
        /** The classic interface's alone. */
        CLASSIC,
        /** The graph interface's; the classic one's where that has none. */
        GRAPH,
        /** The same, with plans that cuDNN compiles when they are made: twelve of them may take a minute. */
        COMPILED;

        private boolean prefersPlans() {
            return this == GRAPH || this == COMPILED;
        }
    }

    private final BackendOptions options;
    private final long workspaceLimit;
    private final AlgorithmCache cache;
    private final String machine;
    private final Source source;
    private final Map<String, Optional<ConvolutionAlgorithm>> chosen = new HashMap<>();

    /**
     * @param workspaceLimit bytes of workspace that an algorithm may need
     * @param machine device and versions: what was measured on another is worth nothing
     */
    ConvolutionAlgorithms(
            BackendOptions options, long workspaceLimit, AlgorithmCache cache, String machine, Source source) {
        this.options = options;
        this.workspaceLimit = workspaceLimit;
        this.cache = cache;
        this.machine = machine;
        this.source = source;
    }

    /**
     * A limit for workspaces on a device with so much memory free: an eighth of it, at least 32 MiB, at most 1 GiB, and a
     * power of two, so that what else uses a little memory does not change the choice.
     */
    static long workspaceLimit(long freeBytes) {
        return Math.max(32L << 20, Math.min(1L << 30, Long.highestOneBit(Math.max(1, freeBytes / 8))));
    }

    /**
     * The algorithm for a pass, or empty if the library has none.
     *
     * @param problem the pass in words: layout, element type and all sizes
     */
    Optional<ConvolutionAlgorithm> choose(String problem, Trials trials) {
        Optional<ConvolutionAlgorithm> known = chosen.get(problem);
        if (known != null) return known;
        Optional<ConvolutionAlgorithm> best = Optional.empty();
        try {
            if (options.autotune()) best = measured(problem, trials);
            if (best.isEmpty()) best = proposed(trials);
        } catch (DeviceMemoryException e) {
            best = withinLimits(trials.proposed()).stream().findFirst();
        }
        chosen.put(problem, best);
        return best;
    }

    /** Whether a plan may be taken for what can be done without one: where plans are asked for, or measured. */
    boolean plansCompete() {
        return source.prefersPlans() || source == Source.ALL && options.autotune();
    }

    private Optional<ConvolutionAlgorithm> proposed(Trials trials) {
        List<Supplier<List<ConvolutionAlgorithm>>> all = new ArrayList<>();
        if (source.prefersPlans()) all.add(trials::plans);
        all.add(trials::proposed);
        all.add(trials::possible);
        if (source == Source.ALL) all.add(trials::plans);
        for (Supplier<List<ConvolutionAlgorithm>> each : all) {
            for (ConvolutionAlgorithm a : withinLimits(each.get())) {
                if (trials.run(a, false).isPresent()) return Optional.of(a);
            }
        }
        return Optional.empty();
    }

    private Optional<ConvolutionAlgorithm> measured(String problem, Trials trials) {
        List<ConvolutionAlgorithm> possible = withinLimits(measurable(trials));
        String key = machine + "; " + (options.tf32() ? "tf32; " : "")
                + (options.deterministic() ? "deterministic; " : "")
                + (source == Source.ALL ? "" : source.name().toLowerCase(Locale.ROOT) + "; ") + problem;
        Optional<AlgorithmCache.Entry> kept = cache.get(key);
        if (kept.isPresent()) {
            Optional<ConvolutionAlgorithm> same = possible.stream()
                    .filter(a -> a.number() == kept.get().number())
                    .filter(a -> trials.run(a, false).isPresent())
                    .findFirst();
            if (same.isPresent()) return same;
        }
        ConvolutionAlgorithm best = null;
        double least = Double.POSITIVE_INFINITY;
        for (ConvolutionAlgorithm a : possible) {
            OptionalDouble micros = trials.run(a, true);
            if (micros.isEmpty() || micros.getAsDouble() >= least) continue;
            least = micros.getAsDouble();
            best = a;
        }
        if (best != null) cache.put(key, new AlgorithmCache.Entry(best.number(), least));
        return Optional.ofNullable(best);
    }

    private List<ConvolutionAlgorithm> measurable(Trials trials) {
        List<ConvolutionAlgorithm> all = new ArrayList<>();
        if (source != Source.CLASSIC) all.addAll(trials.plans());
        if (!source.prefersPlans() || all.isEmpty()) all.addAll(trials.possible());
        return all;
    }

    /** Those that may be taken, in the order in which they would be. */
    private List<ConvolutionAlgorithm> withinLimits(List<ConvolutionAlgorithm> all) {
        return all.stream()
                .filter(a -> a.workspace() <= workspaceLimit)
                .filter(a -> a.deterministic() || !options.deterministic())
                .sorted(Comparator.comparingInt(ConvolutionAlgorithm::rank))
                .toList();
    }
}
