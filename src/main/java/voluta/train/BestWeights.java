package voluta.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;

/**
 * Sees to it that the best checkpoint in the folder of a run that goes on is of the epoch that the run holds for the best.
 * It is not where a run goes on from an earlier checkpoint, with an epoch that had ended early, or in another folder.
 */
final class BestWeights {
    private BestWeights() {}

    /**
     * Puts the weights of the best epoch in their place, if any checkpoint has them.
     *
     * @param weights the folder of checkpoints that the run goes on in
     * @param resumed the checkpoint that it goes on from
     * @param best the best epoch so far
     * @return what the user should know if there is none
     */
    static Optional<String> settle(Path weights, Path resumed, EpochReport best) {
        Path place = CheckpointFiles.best(weights),
                beside = resumed.toAbsolutePath().getParent();
        Set<Path> candidates = new LinkedHashSet<>();
        candidates.add(place);
        candidates.addAll(CheckpointFiles.newest(weights));
        candidates.add(resumed);
        candidates.add(CheckpointFiles.best(beside));
        candidates.addAll(CheckpointFiles.newest(beside));
        for (Path candidate : candidates) {
            if (step(candidate) != best.step()) continue;
            if (!candidate.equals(place)) AtomicFile.copy(candidate, place);
            return Optional.empty();
        }
        return Optional.of("the weights of epoch " + best.epoch() + ", the best so far, are not there any more; "
                + place + (Files.exists(place) ? " has other weights" : " is missing") + " until an epoch is better");
    }

    /** How many steps a checkpoint has behind it; -1 if it cannot be read. */
    private static long step(Path checkpoint) {
        if (!Files.isRegularFile(checkpoint)) return -1;
        try {
            return Checkpoint.describe(checkpoint).run().step();
        } catch (CheckpointException e) {
            return -1;
        }
    }
}
