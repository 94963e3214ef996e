package voluta.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How fast steps run, measured in windows of a fixed number of steps.
 *
 * @param median steps per second in the middle window
 * @param least steps per second in the slowest window
 * @param most steps per second in the fastest window
 * @param stepsPerWindow steps that a window is long
 * @param clean windows in which other processes left the machine alone; only these count if there are enough
 * @param windows windows measured in all
 */
record Rates(double median, double least, double most, int stepsPerWindow, int clean, int windows) {
    /** Spinning threads of a CPU backend collapse when others take their cores, so such windows say little. */
    private static final double MAX_FOREIGN_SHARE = 0.04;

    private static final int MIN_CLEAN = 3;
    private static final int MIN_WARMUP_STEPS = 3;
    private static final int MAX_REPEATS = 4;

    /**
     * Warms up, then measures. Windows in which other processes took more than 4 % of the machine are repeated, up to
     * four times as many in all as asked for.
     *
     * @param step begins a step, and may return before a device is done with it
     * @param finish waits until all steps are done
     * @param windows how many undisturbed windows to take, at least 1
     * @param window seconds that one is long
     * @param warmup seconds of running before
     */
    static Rates measure(Runnable step, Runnable finish, int windows, double window, double warmup) {
        int steps = Math.max(1, (int) Math.round(window / warmUp(step, finish, warmup)));
        List<Double> clean = new ArrayList<>(), all = new ArrayList<>();
        while (clean.size() < windows && all.size() < MAX_REPEATS * windows) {
            double foreign = -Machine.foreignCpuSeconds();
            double seconds = time(step, finish, steps);
            foreign += Machine.foreignCpuSeconds();
            double rate = steps / seconds;
            all.add(rate);
            double machine = seconds * Runtime.getRuntime().availableProcessors();
            if (foreign / machine < MAX_FOREIGN_SHARE) clean.add(rate);
        }
        List<Double> used = clean.size() >= Math.min(windows, MIN_CLEAN) ? clean : all;
        Collections.sort(used);
        return new Rates(
                used.get(used.size() / 2), used.get(0), used.get(used.size() - 1), steps, clean.size(), all.size());
    }

    /** Runs for some time and gives the seconds of the fastest step. */
    private static double warmUp(Runnable step, Runnable finish, double seconds) {
        double fastest = Double.MAX_VALUE;
        long begin = System.nanoTime();
        for (int n = 0; n < MIN_WARMUP_STEPS || (System.nanoTime() - begin) / 1e9 < seconds; n++)
            fastest = Math.min(fastest, time(step, finish, 1));
        return fastest;
    }

    private static double time(Runnable step, Runnable finish, int times) {
        long begin = System.nanoTime();
        for (int i = 0; i < times; i++) step.run();
        finish.run();
        return (System.nanoTime() - begin) / 1e9;
    }
}
