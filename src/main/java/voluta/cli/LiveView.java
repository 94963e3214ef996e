package voluta.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import voluta.train.RunProgress;

/**
 * A run on a few lines of a terminal, a pure function of its state and of the terminal's width: a bar and the time that is
 * left, the loss with its course, the speed. What does not fit is left out, the least important first; no line is ever longer
 * than the width, since one that wraps could not be drawn over.
 *
 * @param unicode whether block characters can be shown; else the same in ASCII
 * @param colour whether colours may be used
 */
record LiveView(boolean unicode, boolean colour) {
    private static final int LONGEST_BAR = 40, SHORTEST_BAR = 6;
    private static final int LONGEST_SPARKLINE = 32, SHORTEST_SPARKLINE = 4;
    private static final String GAP = "  ";

    private static final String[] BLOCKS = {
        "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"
    };
    private static final String[] LETTERS = {"_", ".", "-", "~", "=", "+", "*", "#"};
    /** Eighths of a cell, from the left. */
    private static final String[] EIGHTHS = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};

    private static final String CYAN = "36", BOLD = "1", FAINT = "2", YELLOW = "33";

    /** What a terminal must be able to show for {@link #unicode}. */
    static final String SAMPLE = String.join("", BLOCKS) + String.join("", EIGHTHS) + "\u2591";

    /**
     * A part of a line.
     *
     * @param text what it says; null for one that takes whatever room is left
     * @param rank when it is left out: the largest first, 0 never
     * @param style as the terminal's escape sequences number it; empty for none
     */
    private record Part(String text, int rank, String style, Flexible flexible) {
        static Part of(int rank, String style, String format, Object... arguments) {
            return new Part(String.format(Locale.ROOT, format, arguments), rank, style, null);
        }

        int least() {
            return flexible == null ? text.length() : flexible.least();
        }
    }

    /** A part that is drawn as long as the room allows. */
    private interface Flexible {
        int least();

        int most();

        String draw(int columns);
    }

    /** The lines for a run at this moment, each of at most {@code width} columns. */
    List<String> lines(RunProgress run, int width) {
        return lines(run, width, List.of());
    }

    /** With some more lines below them. */
    List<String> lines(RunProgress run, int width, List<String> below) {
        List<String> lines = new ArrayList<>();
        lines.add(line(width, where(run)));
        if (!Double.isNaN(run.latest("loss"))) {
            lines.add(line(width, quality(run)));
            lines.add(line(width, speed(run)));
        }
        for (String text : below) lines.add(line(width, List.of(Part.of(0, YELLOW, "%s", text))));
        return lines;
    }

    private List<Part> where(RunProgress run) {
        List<Part> parts = new ArrayList<>();
        parts.add(Part.of(0, BOLD, "epoch %d/%d", run.epoch(), Math.max(run.epoch(), run.epochs())));
        switch (run.phase()) {
            case EVALUATING -> parts.add(Part.of(3, "", "evaluating"));
            case STARTING -> parts.add(Part.of(3, "", "starting"));
            default -> parts.add(Part.of(4, "", "step %d/%d", run.stepInEpoch(), run.stepsPerEpoch()));
        }
        parts.add(new Part(null, 2, CYAN, bar(run.done())));
        parts.add(Part.of(1, "", "%.0f%%", Math.floor(100 * run.done())));
        if (!Double.isNaN(run.secondsLeft())) parts.add(Part.of(1, "", "%s left", duration(run.secondsLeft())));
        return parts;
    }

    private List<Part> quality(RunProgress run) {
        List<Part> parts = new ArrayList<>();
        parts.add(Part.of(0, BOLD, "loss %.4f", run.latest("loss")));
        List<Double> losses = run.losses();
        if (losses.size() > 1) parts.add(new Part(null, 2, CYAN, sparkline(losses)));
        parts.add(Part.of(1, "", "top1 %.2f%%", 100 * run.latest("top1")));
        if (!Double.isNaN(run.bestEpoch("val_top1"))) {
            parts.add(Part.of(
                    3, FAINT, "best %.2f%% (epoch %.0f)", 100 * run.bestEpoch("val_top1"), run.bestEpoch("epoch")));
        }
        return parts;
    }

    private static List<Part> speed(RunProgress run) {
        double wait = 100 * run.latest("wait_share");
        List<Part> parts = new ArrayList<>(List.of(
                Part.of(0, "", "%,.0f %s/s", run.latest("images_per_s"), run.samples()),
                Part.of(2, "", "%.2f ms/step", run.latest("ms_per_step")),
                Part.of(1, wait >= 20 ? YELLOW : "", "wait %.0f%%", wait),
                Part.of(3, FAINT, "lr %.3g", run.latest("lr"))));
        double scale = run.latest("loss_scale");
        if (scaled(scale)) parts.add(Part.of(4, FAINT, "loss scale %s", scale(scale)));
        return parts;
    }

    private String line(int width, List<Part> all) {
        List<Part> parts = new ArrayList<>(all);
        while (least(parts) > width && parts.size() > 1) {
            Part dropped = parts.get(0);
            for (Part p : parts) if (p.rank() >= dropped.rank()) dropped = p;
            parts.remove(dropped);
        }
        int room = width - least(parts);
        StringBuilder line = new StringBuilder();
        for (Part p : parts) {
            String text = p.text();
            if (p.flexible() != null) {
                int columns = Math.min(p.flexible().most(), p.least() + room);
                room -= columns - p.least();
                text = p.flexible().draw(columns);
            }
            if (line.length() > 0) line.append(GAP);
            if (text.length() > width) text = text.substring(0, width);
            line.append(colour && !p.style().isEmpty() ? "\u001b[" + p.style() + "m" + text + "\u001b[0m" : text);
        }
        return line.toString();
    }

    private static int least(List<Part> parts) {
        return parts.stream().mapToInt(Part::least).sum() + GAP.length() * (parts.size() - 1);
    }

    private Flexible bar(double share) {
        return new Flexible() {
            @Override
            public int least() {
                return SHORTEST_BAR;
            }

            @Override
            public int most() {
                return LONGEST_BAR;
            }

            @Override
            public String draw(int columns) {
                if (!unicode) {
                    int done = (int) (share * (columns - 2));
                    return "[" + "=".repeat(done) + " ".repeat(columns - 2 - done) + "]";
                }
                int eighths = (int) (share * columns * 8);
                String full = BLOCKS[7].repeat(eighths / 8) + EIGHTHS[eighths % 8];
                return full + "\u2591".repeat(columns - full.length());
            }
        };
    }

    private Flexible sparkline(List<Double> values) {
        return new Flexible() {
            @Override
            public int least() {
                return SHORTEST_SPARKLINE;
            }

            @Override
            public int most() {
                return Math.max(SHORTEST_SPARKLINE, Math.min(LONGEST_SPARKLINE, values.size()));
            }

            @Override
            public String draw(int columns) {
                return sparkline(values, columns);
            }
        };
    }

    /** The course of some numbers, oldest left, in at most so many columns: each shows the mean of its share of them. */
    String sparkline(List<Double> values, int columns) {
        int n = Math.min(columns, values.size());
        double[] means = new double[n];
        double low = Double.POSITIVE_INFINITY, high = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            List<Double> share =
                    values.subList((int) ((long) i * values.size() / n), (int) ((i + 1L) * values.size() / n));
            means[i] = share.stream().mapToDouble(v -> v).average().orElseThrow();
            low = Math.min(low, means[i]);
            high = Math.max(high, means[i]);
        }
        String[] levels = unicode ? BLOCKS : LETTERS;
        StringBuilder line = new StringBuilder();
        for (double mean : means) {
            double height = high > low ? (mean - low) / (high - low) : 0;
            line.append(levels[(int) Math.min(levels.length - 1, height * levels.length)]);
        }
        return line.toString();
    }

    /** Whether a loss scale is in use: without one it is 1, and older records have none. */
    static boolean scaled(double lossScale) {
        return !Double.isNaN(lossScale) && lossScale != 1;
    }

    /** A loss scale, which is a power of two. */
    static String scale(double lossScale) {
        return lossScale >= 1 ? String.format(Locale.ROOT, "%,.0f", lossScale) : "2^" + Math.getExponent(lossScale);
    }

    /** A time as on a clock, such as {@code 1:05} or {@code 2:03:10}, and in days where there are any. */
    static String duration(double seconds) {
        long s = Math.round(seconds);
        if (s >= 24 * 3600) return String.format(Locale.ROOT, "%dd %dh", s / (24 * 3600), s / 3600 % 24);
        if (s >= 3600) return String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
        return String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60);
    }
}
