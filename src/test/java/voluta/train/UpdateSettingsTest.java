package voluta.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import voluta.optim.OptimizerException;

/** What the options make of the learning rate. */
class UpdateSettingsTest {
    private static final TrainingConfig MULTISTEP =
            TrainingConfig.DEFAULTS.with("sched", "multistep").with("decay-rate", "0.5");

    private static double[] factors(TrainingConfig config, int steps) {
        var schedule = UpdateSettings.of(config, 4, steps).schedule();
        return LongStream.range(0, steps).mapToDouble(schedule::factor).toArray();
    }

    @Test
    void ratesDecayAfterTheEpochsThatAreNamed() {
        double[] expected = {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25};
        assertArrayEquals(expected, factors(MULTISTEP.with("decay-milestones", "1,2.5"), 12));
        TrainingConfig read = TrainingConfig.DEFAULTS.withText(
                MULTISTEP.with("decay-milestones", "1,2.5").toYaml(), "args.yaml");
        assertArrayEquals(expected, factors(read, 12));
        assertEquals("1", MULTISTEP.with("decay-milestones", "1").values().get("decay-milestones"));
    }

    /** Without milestones the rate would stay as it is, and no other schedule looks at them. */
    @Test
    void milestonesAndTheirScheduleGoTogether() {
        for (TrainingConfig c :
                new TrainingConfig[] {MULTISTEP, TrainingConfig.DEFAULTS.with("decay-milestones", "3")}) {
            OptimizerException e = assertThrows(OptimizerException.class, () -> factors(c, 12));
            assertTrue(e.getMessage().contains("these two go together"), e.getMessage());
        }
    }
}
