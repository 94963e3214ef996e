package voluta.optim;

import java.util.List;
import java.util.Locale;

/**
 * A schedule as users describe it: a name and the numbers that matter to it, in steps. Begin with {@link #of}, change
 * what differs, then {@link #build}.
 *
 * @param name one of {@link #NAMES}
 * @param steps length of the whole training
 * @param warmup steps of linear warm-up, 0 for none
 * @param warmupStart the factor at step 0 of a warm-up
 * @param floor the smallest learning rate over the base learning rate; holds for the schedule, not for its warm-up
 * @param interval steps between two decays of {@code step}
 * @param milestones the steps at which {@code multistep} decays
 * @param gamma what {@code step}, {@code multistep} and {@code exponential} multiply by
 * @param power of {@code polynomial}
 */
public record ScheduleSettings(
        String name,
        long steps,
        long warmup,
        double warmupStart,
        double floor,
        long interval,
        List<Long> milestones,
        double gamma,
        double power) {
    /** The names that {@link #build} knows. */
    public static final List<String> NAMES =
            List.of("constant", "step", "multistep", "exponential", "cosine", "linear", "polynomial", "one-cycle");

    public ScheduleSettings {
        milestones = List.copyOf(milestones);
    }

    /** A schedule without warm-up and floor; {@code step} decays to a tenth each third of the training. */
    public static ScheduleSettings of(String name, long steps) {
        return new ScheduleSettings(name, steps, 0, 0, 0, Math.max(1, (steps + 2) / 3), List.of(), 0.1, 1);
    }

    /** The same with a linear warm-up of this many steps from {@code start} times the base learning rate. */
    public ScheduleSettings withWarmUp(long steps, double start) {
        return new ScheduleSettings(name, this.steps, steps, start, floor, interval, milestones, gamma, power);
    }

    /** The same with this smallest learning rate over the base learning rate. */
    public ScheduleSettings withFloor(double floor) {
        return new ScheduleSettings(name, steps, warmup, warmupStart, floor, interval, milestones, gamma, power);
    }

    /** The same with a decay every so many steps. */
    public ScheduleSettings withInterval(long interval) {
        return new ScheduleSettings(name, steps, warmup, warmupStart, floor, interval, milestones, gamma, power);
    }

    /** The same with decays at these steps. */
    public ScheduleSettings withMilestones(List<Long> milestones) {
        return new ScheduleSettings(name, steps, warmup, warmupStart, floor, interval, milestones, gamma, power);
    }

    /** The same with this factor of each decay. */
    public ScheduleSettings withGamma(double gamma) {
        return new ScheduleSettings(name, steps, warmup, warmupStart, floor, interval, milestones, gamma, power);
    }

    /** The same with this power. */
    public ScheduleSettings withPower(double power) {
        return new ScheduleSettings(name, steps, warmup, warmupStart, floor, interval, milestones, gamma, power);
    }

    /**
     * The schedule. Decays of {@code step} and {@code multistep} stay at their steps whatever the warm-up; {@code cosine},
     * {@code linear} and {@code polynomial} begin when the warm-up is over and end with the training.
     */
    public Schedule build() {
        if (warmup < 0 || warmup >= Math.max(1, steps)) {
            throw new OptimizerException(
                    "a warm-up must be shorter than the training of " + steps + " steps, got " + warmup + " steps");
        }
        long rest = steps - warmup;
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "constant" -> warmed(new Schedule.Constant(), false);
            case "step" -> warmed(floored(new Schedule.Step(interval, gamma)), false);
            case "multistep" -> warmed(floored(new Schedule.MultiStep(milestones, gamma)), false);
            case "exponential" -> warmed(floored(new Schedule.Exponential(gamma)), false);
            case "cosine" -> warmed(new Schedule.Cosine(rest, floor), true);
            case "linear" -> warmed(new Schedule.Polynomial(rest, 1, floor), true);
            case "polynomial" -> warmed(new Schedule.Polynomial(rest, power, floor), true);
            case "one-cycle" -> oneCycle();
            default ->
                throw new OptimizerException(
                        "there is no schedule " + name + "; choose one of " + String.join(", ", NAMES));
        };
    }

    /** The rise of the cycle is its warm-up. */
    private Schedule oneCycle() {
        Schedule.OneCycle c = Schedule.OneCycle.of(steps);
        if (warmup > 0) c = new Schedule.OneCycle(steps, (double) warmup / steps, c.divisor(), c.finalDivisor());
        return floored(c);
    }

    private Schedule floored(Schedule s) {
        return floor > 0 ? new Schedule.AtLeast(floor, s) : s;
    }

    private Schedule warmed(Schedule s, boolean shifted) {
        return warmup > 0 ? new Schedule.WarmUp(warmup, warmupStart, s, shifted) : s;
    }
}
