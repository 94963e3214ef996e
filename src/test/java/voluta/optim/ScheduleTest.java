package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.TraceReader;

/** Schedules against PyTorch's, and what holds for all of them. */
class ScheduleTest {
    private static final JsonNode TRACE = TraceReader.read("schedules");

    static List<JsonNode> traces() {
        return StreamSupport.stream(TRACE.get("cases").spliterator(), false).toList();
    }

    @ParameterizedTest
    @MethodSource("traces")
    void agreesWithPyTorch(JsonNode c) {
        double base = TRACE.get("base_lr").doubleValue();
        JsonNode o = c.get("options");
        Schedule s = schedule(c.get("schedule").textValue(), o, base);
        double[] rates = TraceReader.doubles(c.get("rates"));
        // PyTorch's cosine rises again after its period, ours stays at its floor
        int comparable = s instanceof Schedule.Cosine cosine ? (int) Math.min(rates.length, cosine.steps() + 1) : 100;
        for (int i = 0; i < comparable; i++)
            assertEquals(rates[i], base * s.factor(i), 2e-15, "step " + i + " of " + c.get("name"));
    }

    private static Schedule schedule(String kind, JsonNode o, double base) {
        return switch (kind) {
            case "step" -> new Schedule.Step(o.get("step_size").longValue(), number(o, "gamma"));
            case "multistep" -> {
                List<Long> milestones = new ArrayList<>();
                o.get("milestones").forEach(m -> milestones.add(m.longValue()));
                yield new Schedule.MultiStep(milestones, number(o, "gamma"));
            }
            case "exponential" -> new Schedule.Exponential(number(o, "gamma"));
            case "cosine" -> new Schedule.Cosine(o.get("t_max").longValue(), number(o, "eta_min") / base);
            case "polynomial" -> new Schedule.Polynomial(o.get("total_iters").longValue(), number(o, "power"), 0);
            case "one_cycle" ->
                new Schedule.OneCycle(
                        o.get("total_steps").longValue(),
                        number(o, "pct_start"),
                        number(o, "div_factor"),
                        number(o, "final_div_factor"));
            case "linear_warmup_cosine" ->
                new ScheduleSettings("cosine", 100, 0, 0, number(o, "eta_min") / base, 1, List.of(), 1, 1)
                        .withWarmUp(o.get("warmup").longValue(), number(o, "start_factor"))
                        .build();
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static double number(JsonNode options, String name) {
        return options.get(name).doubleValue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"constant", "step", "multistep", "exponential", "cosine", "linear", "polynomial", "one-cycle"})
    void staysWithinItsBounds(String name) {
        assertTrue(ScheduleSettings.NAMES.contains(name));
        Schedule s = ScheduleSettings.of(name, 90)
                .withMilestones(List.of(30L, 60L))
                .withGamma(name.equals("exponential") ? 0.97 : 0.5)
                .withPower(2)
                .withFloor(0.01)
                .withWarmUp(10, 0.1)
                .build();
        for (long i = 0; i < 200; i++) {
            double f = s.factor(i);
            assertTrue(f <= 1 && f >= 0.01, name + " gives " + f + " at step " + i);
            if (i > 10) assertTrue(f <= s.factor(i - 1) + 1e-15, name + " rises at step " + i);
            if (i > 0 && i < 10) assertTrue(f >= s.factor(i - 1), name + " falls during its warm-up, at step " + i);
        }
        boolean ends = !name.equals("step") && !name.equals("exponential");
        if (ends) assertEquals(s.factor(200), s.factor(10_000), "the last factor stays");
    }

    @Test
    void warmUpLeavesMilestonesWhereTheyAre() {
        Schedule s = ScheduleSettings.of("multistep", 100)
                .withMilestones(List.of(50L))
                .withWarmUp(10, 0)
                .build();
        assertEquals(0, s.factor(0));
        assertEquals(0.5, s.factor(5));
        assertEquals(1, s.factor(10));
        assertEquals(1, s.factor(49));
        assertEquals(0.1, s.factor(50), 1e-16);
    }

    @Test
    void cosineEndsWithTheTraining() {
        Schedule s = ScheduleSettings.of("cosine", 100)
                .withFloor(0.05)
                .withWarmUp(20, 0)
                .build();
        assertEquals(1, s.factor(20));
        assertEquals(0.525, s.factor(60), 1e-15);
        assertEquals(0.05, s.factor(100), 1e-15);
    }

    @Test
    void countsEpochsInSteps() {
        assertEquals(1170, Schedule.steps(2.5, 468));
        assertEquals(0, Schedule.steps(0, 468));
    }

    @Test
    void shortestSchedulesHaveNoGap() {
        for (long steps : new long[] {1, 2, 3}) {
            for (double peak : new double[] {0, 0.3, 0.5, 1}) {
                Schedule s = new Schedule.OneCycle(steps, peak, 25, 1e4);
                for (long i = 0; i < 5; i++) assertTrue(s.factor(i) > 0 && s.factor(i) <= 1, s + " at " + i);
            }
            assertEquals(0, new Schedule.Cosine(steps, 0).factor(steps), 1e-16);
        }
    }

    @Test
    void refusesWhatMakesNoSense() {
        refused(
                "there is no schedule plateau",
                () -> ScheduleSettings.of("plateau", 10).build());
        refused(
                "a warm-up must be shorter than the training of 10 steps, got 10 steps",
                () -> ScheduleSettings.of("cosine", 10).withWarmUp(10, 0).build());
        refused("must ascend, got [20, 10]", () -> new Schedule.MultiStep(List.of(20L, 10L), 0.1));
        refused("must be at least 1 step, got 0", () -> new Schedule.Cosine(0, 0));
        refused("must be from 0 to 1, got 2.0", () -> new Schedule.Cosine(10, 2));
        refused("must be above 0, got 0.0", () -> new Schedule.Polynomial(10, 0, 0));
    }

    private static void refused(String part, org.junit.jupiter.api.function.Executable body) {
        String message = assertThrows(OptimizerException.class, body).getMessage();
        assertTrue(message.contains(part), message);
    }
}
