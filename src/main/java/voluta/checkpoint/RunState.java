package voluta.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a training run stands: with the weights and the optimizer's tensors, all that a resumed run needs in order to
 * go on with the same bits.
 *
 * @param epoch the epoch that goes on or begins after this checkpoint, counted from 0
 * @param samplesIntoEpoch how many samples of that epoch have been used; 0 between epochs
 * @param step optimizer steps done since the beginning of the run
 * @param seed the seed of every random stream
 * @param metrics the latest results by name, for instance {@code val/accuracy}; may be NaN or infinite
 * @param arguments the effective arguments of the run, YAML
 * @param extra what else must survive, by name, for instance the best result so far or the state of a schedule
 */
public record RunState(
        long epoch,
        long samplesIntoEpoch,
        long step,
        long seed,
        Map<String, Double> metrics,
        String arguments,
        Map<String, String> extra) {
    /** Copies the maps. */
    public RunState {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        if (epoch < 0 || samplesIntoEpoch < 0 || step < 0) {
            throw new IllegalArgumentException(
                    "epoch " + epoch + ", samples " + samplesIntoEpoch + " and step " + step + " must not be negative");
        }
    }

    /** The state of a run that has not begun. */
    public static RunState start(long seed, String arguments) {
        return new RunState(0, 0, 0, seed, Map.of(), arguments, Map.of());
    }
}
