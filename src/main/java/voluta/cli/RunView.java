package voluta.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import voluta.train.RunProgress;
import voluta.train.RunRecords;

/**
 * Shows the records of a run, of this process or of another: on a terminal as lines that are drawn over, elsewhere as a line
 * for each report; with {@code --json} as they are. What stays is the same on both: a line for each epoch, and notices.
 */
final class RunView {
    /** Between two drawings; more often nobody can read it. */
    private static final long SHORTEST_PAUSE = 50_000_000;

    private final Output output;
    private final Terminal terminal;
    private final LiveView view;
    private RunProgress run = new RunProgress();
    private long drawn;

    /** @param terminal null where there is none */
    RunView(Output output, Terminal terminal, LiveView view) {
        this.output = output;
        this.terminal = output.json() ? null : terminal;
        this.view = view;
    }

    /** On standard error, which may be a terminal. */
    static RunView onError(Output output, PrintWriter err) {
        Map<String, String> environment = System.getenv();
        boolean live = !output.json() && Terminal.onError(environment);
        return new RunView(output, live ? new Terminal(err).followSize() : null, Terminal.view(environment));
    }

    RunProgress run() {
        return run;
    }

    /** Whether lines are drawn over. */
    boolean live() {
        return terminal != null;
    }

    /** Forgets the run, for another begins. */
    void restart() {
        run = new RunProgress();
    }

    /** Takes an event without a word: what it changes is seen on a terminal. */
    void follow(Map<String, Object> record) {
        run.accept(record);
        draw(!"steps".equals(record.get(RunRecords.EVENT)));
    }

    /** Takes an event and shows it. */
    void show(Map<String, Object> record) {
        if (output.json()) output.record(JsonLine.of(record));
        run.accept(record);
        switch (String.valueOf(record.get(RunRecords.EVENT))) {
            case "steps" -> {
                if (!live()) line("%s", steps(record));
                draw(false);
            }
            case "epoch" -> line("%s", epoch(record));
            case "notice" -> line("note: %s", record.get("text"));
            default -> draw(true);
        }
    }

    /** A line that stays; with {@code --json} the records say it all. */
    void line(String format, Object... arguments) {
        if (output.json()) return;
        erase();
        output.note(format, arguments);
        if (run.begun()) draw(true);
    }

    void erase() {
        if (live()) terminal.erase();
    }

    private void draw(boolean now) {
        draw(now, List.of());
    }

    /** Draws the run anew with some lines below it. */
    void draw(boolean now, List<String> below) {
        if (!live() || run.over() || !run.begun()) return;
        long time = System.nanoTime();
        if (!now && time - drawn < SHORTEST_PAUSE) return;
        drawn = time;
        terminal.draw(view.lines(run, terminal.width(), below));
    }

    private String steps(Map<String, Object> r) {
        return String.format(
                Locale.ROOT,
                "epoch %d/%d  step %d/%d  loss %.4f  top1 %.2f%%  %.0f %s/s  %.2f ms/step  wait %.0f%%%s",
                run.epoch(),
                run.epochs(),
                run.stepInEpoch(),
                run.stepsPerEpoch(),
                number(r, "loss"),
                100 * number(r, "top1"),
                number(r, "images_per_s"),
                run.samples(),
                number(r, "ms_per_step"),
                100 * number(r, "wait_share"),
                scaling(r));
    }

    /** Where the loss is multiplied by a scale, that of the next step, and how many steps it made useless. */
    private static String scaling(Map<String, Object> r) {
        double scale = number(r, "loss_scale"), skipped = number(r, "skipped_steps");
        StringBuilder text = new StringBuilder();
        if (LiveView.scaled(scale)) text.append("  loss scale ").append(LiveView.scale(scale));
        if (skipped > 0) text.append(String.format(Locale.ROOT, "  skipped %.0f", skipped));
        return text.toString();
    }

    private String epoch(Map<String, Object> r) {
        return String.format(
                Locale.ROOT,
                "epoch %.0f/%d  train loss %.4f top1 %.2f%%  val loss %.4f top1 %.2f%% top5 %.2f%%  %.0f %s/s"
                        + "  wait %.0f%%  %.1f s%s%s",
                number(r, "epoch"),
                run.epochs(),
                number(r, "train_loss"),
                100 * number(r, "train_top1"),
                number(r, "val_loss"),
                100 * number(r, "val_top1"),
                100 * number(r, "val_top5"),
                number(r, "images_per_s"),
                run.samples(),
                100 * number(r, "wait_share"),
                number(r, "seconds"),
                scaling(r),
                Boolean.TRUE.equals(r.get("best")) ? "  best so far" : "");
    }

    private static double number(Map<String, Object> record, String name) {
        return record.get(name) instanceof Number n ? n.doubleValue() : Double.NaN;
    }
}
