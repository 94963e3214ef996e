package voluta.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.model.NetworkDescription;
import voluta.train.EpochReport;
import voluta.train.StepReport;

/**
 * All that a report shows.
 *
 * @param title what it is about
 * @param facts short statements by name, in order
 * @param epochs the epochs of the training
 * @param steps reports between them, as far as they are known
 * @param memory the process's memory by epoch, as far as it is known
 * @param options all options of the training, as YAML
 * @param network what was trained
 * @param data what the images are from
 * @param judgements what the network says about them; none if nobody asked it
 */
record Findings(
        String title,
        Map<String, String> facts,
        List<EpochReport> epochs,
        List<StepReport> steps,
        List<MemorySample> memory,
        String options,
        NetworkDescription network,
        String data,
        Optional<Judgements> judgements) {}
