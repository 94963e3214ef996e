package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import voluta.train.RunProgress;

/** A run on a few lines. */
class LiveViewTest {
    private static final LiveView PLAIN = new LiveView(true, false);

    static Map<String, Object> record(String event, Object... fields) {
        Map<String, Object> record = new LinkedHashMap<>(Map.of("event", event));
        for (int i = 0; i < fields.length; i += 2) record.put((String) fields[i], fields[i + 1]);
        return record;
    }

    static Map<String, Object> started() {
        return record(
                "run_started",
                "model",
                "tiny",
                "epochs",
                8,
                "steps_per_epoch",
                156,
                "total_steps",
                1248L,
                "first_step",
                0L,
                "parameters",
                61_706L,
                "memory_bytes",
                1_000_000L,
                "backend",
                "backend reference");
    }

    static Map<String, Object> steps(int epoch, int step, double loss) {
        return record(
                "steps",
                "epoch",
                epoch,
                "step",
                (epoch - 1) * 156L + step,
                "step_in_epoch",
                step,
                "lr",
                0.0029,
                "loss",
                loss,
                "top1",
                0.842,
                "images_per_s",
                4051.4,
                "ms_per_step",
                15.796,
                "wait_share",
                0.03);
    }

    static Map<String, Object> epoch(int epoch, double top1, boolean best) {
        return record(
                "epoch",
                "epoch",
                epoch,
                "step",
                epoch * 156L,
                "train_loss",
                0.5,
                "train_top1",
                0.8,
                "val_loss",
                0.4,
                "val_top1",
                top1,
                "val_top5",
                0.99,
                "images_per_s",
                4000.0,
                "wait_share",
                0.0,
                "seconds",
                15.6,
                "best",
                best);
    }

    static RunProgress halfway() {
        RunProgress run = new RunProgress();
        run.accept(started());
        for (int e = 1; e <= 3; e++) {
            run.accept(steps(e, 78, 2.0 / e));
            run.accept(steps(e, 156, 1.5 / e));
            run.accept(epoch(e, 0.8 + e / 100.0, e < 3));
        }
        run.accept(steps(4, 156, 0.4312));
        return run;
    }

    @Test
    void showsWhatARunDoes() {
        assertEquals(
                List.of(
                        "epoch 4/8  step 156/156  " + "\u2588".repeat(13) + "\u2591".repeat(13) + "  50%  1:02 left",
                        "loss 0.4312  \u2588\u2586\u2583\u2582\u2582\u2581\u2581  top1 84.20%  best 82.00% (epoch 2)",
                        "4,051 images/s  15.80 ms/step  wait 3%  lr 0.00290"),
                PLAIN.lines(halfway(), 67));
    }

    @Test
    void aLossScaleStandsLastAndGoesFirst() {
        RunProgress run = halfway();
        Map<String, Object> steps = steps(4, 156, 0.4312);
        steps.put("loss_scale", 65536.0);
        run.accept(steps);
        String line = "4,051 images/s  15.80 ms/step  wait 3%  lr 0.00290  loss scale 65,536";
        assertEquals(line, PLAIN.lines(run, 79).get(2));
        assertEquals(
                line.substring(0, line.indexOf("  loss")), PLAIN.lines(run, 60).get(2));
        steps.put("loss_scale", 0x1p-3);
        run.accept(steps);
        assertTrue(PLAIN.lines(run, 79).get(2).endsWith("  loss scale 2^-3"));
    }

    @Test
    void speaksAsciiWhereTheTerminalKnowsNothingElse() {
        List<String> lines = new LiveView(false, false).lines(halfway(), 79);
        assertTrue(lines.get(0).contains("[==================                  ]"), lines.get(0));
        assertTrue(lines.get(1).contains("#+-..__"), lines.get(1));
        for (String line : lines)
            assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(line), line);
    }

    /** A line that wraps cannot be drawn over: each drawing would leave one behind. */
    @Test
    void noLineIsLongerThanTheTerminalWhateverTheFigures() {
        RunProgress crowded = new RunProgress();
        crowded.accept(record("run_started", "epochs", 100_000, "steps_per_epoch", 1_000_000, "total_steps", 1L << 40));
        Map<String, Object> steps = steps(12_345, 999_999, 1e30);
        steps.put("images_per_s", 1e12);
        steps.put("ms_per_step", 1e9);
        crowded.accept(steps);
        for (RunProgress run : List.of(halfway(), crowded, new RunProgress())) {
            for (int width = 1; width <= 200; width++) {
                for (String line : PLAIN.lines(run, width, List.of("no news for 1:05")))
                    assertTrue(line.length() <= width, width + ": " + line);
            }
        }
    }

    @Test
    void leavesOutTheLeastImportantFirst() {
        assertEquals(List.of("epoch 4/8  50%", "loss 0.4312", "4,051 images/s"), PLAIN.lines(halfway(), 21));
        assertEquals("epoch 4/8  50%  1:02 left", PLAIN.lines(halfway(), 30).get(0));
    }

    @Test
    void coloursAddNoColumns() {
        List<String> plain = PLAIN.lines(halfway(), 79), coloured = new LiveView(true, true).lines(halfway(), 79);
        assertFalse(coloured.equals(plain));
        assertEquals(
                plain,
                coloured.stream().map(l -> l.replaceAll("\u001b\\[[0-9]*m", "")).toList());
    }

    @Test
    void tellsWhenItEvaluatesAndWhenNothingIsKnown() {
        RunProgress run = new RunProgress();
        run.accept(started());
        assertEquals(List.of("epoch 1/8  starting  " + "\u2591".repeat(14) + "  0%"), PLAIN.lines(run, 39));
        run.accept(steps(1, 156, 0.5));
        run.accept(record("evaluation_started", "epoch", 1, "batches", 10));
        assertTrue(PLAIN.lines(run, 79).get(0).startsWith("epoch 1/8  evaluating  "));
        run.accept(steps(2, 20, Double.NaN));
        assertTrue(
                PLAIN.lines(run, 79).size() == 1 || PLAIN.lines(run, 79).get(1).contains("NaN"));
    }

    @Test
    void sparklineAveragesWhatHasNoRoomAndSurvivesConstants() {
        List<Double> falling =
                DoubleStream.iterate(64, v -> v - 1).limit(64).boxed().toList();
        assertEquals("\u2588\u2587\u2586\u2585\u2584\u2583\u2582\u2581", PLAIN.sparkline(falling, 8));
        assertEquals("\u2581\u2581\u2581", PLAIN.sparkline(List.of(2.0, 2.0, 2.0), 8));
        assertEquals("\u2588\u2581", PLAIN.sparkline(List.of(3.0, 1.0, 1.0, 1.0), 2));
    }

    @Test
    void timesAreAsOnAClock() {
        assertEquals("0:00", LiveView.duration(0.2));
        assertEquals("1:05", LiveView.duration(65));
        assertEquals("2:03:10", LiveView.duration(7390));
        assertEquals("3d 4h", LiveView.duration(3 * 86_400 + 4 * 3600 + 10));
    }
}
