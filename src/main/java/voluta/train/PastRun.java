package voluta.train;

import java.nio.file.Path;
import java.util.List;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.model.NetworkDescription;

/**
 * What a checkpoint says about the run that it is from, without its tensors.
 *
 * @param network what was trained
 * @param options all options of the run, as YAML
 * @param step steps done
 * @param epochs the epochs that were done; empty if the checkpoint does not say
 */
public record PastRun(NetworkDescription network, String options, long step, List<EpochReport> epochs) {
    public PastRun {
        epochs = List.copyOf(epochs);
    }

    /** @throws CheckpointException if the file is damaged or no checkpoint */
    public static PastRun of(Path checkpoint) {
        Checkpoint.Description d = Checkpoint.describe(checkpoint);
        String rows = d.run().extra().getOrDefault(RunHistory.EPOCHS, "");
        try {
            return new PastRun(
                    NetworkDescription.parse(d.model().network(), checkpoint.getFileName() + " (network)"),
                    d.run().arguments(),
                    d.run().step(),
                    EpochRows.read(rows));
        } catch (NumberFormatException e) {
            throw new CheckpointException(
                    checkpoint, "what it says about the epochs of its run is not what Voluta writes; use another", e);
        }
    }
}
