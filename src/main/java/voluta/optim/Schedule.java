package voluta.optim;

import java.util.List;

/**
 * How the learning rate goes: a pure function from the number of the step, 0 for the first, to the factor by which the
 * base learning rate is multiplied. Steps beyond the end of a schedule keep its last factor. A {@code floor} is the
 * smallest learning rate divided by the base learning rate.
 */
public sealed interface Schedule {
    /** The factor for step {@code step}, counted from 0. */
    double factor(long step);

    /** How many steps a number of epochs takes; epochs may have a fraction. */
    static long steps(double epochs, long stepsPerEpoch) {
        return Math.round(epochs * stepsPerEpoch);
    }

    /** Always 1. */
    record Constant() implements Schedule {
        @Override
        public double factor(long step) {
            return 1;
        }
    }

    /** {@code gamma} to the power of how often {@code interval} steps have gone by. */
    record Step(long interval, double gamma) implements Schedule {
        public Step {
            positive("interval of a step schedule", interval);
            fraction("gamma of a step schedule", gamma);
        }

        @Override
        public double factor(long step) {
            return Math.pow(gamma, step / interval);
        }
    }

    /** {@code gamma} to the power of how many milestones have been reached; they ascend. */
    record MultiStep(List<Long> milestones, double gamma) implements Schedule {
        public MultiStep {
            milestones = List.copyOf(milestones);
            for (int i = 1; i < milestones.size(); i++) {
                if (milestones.get(i) <= milestones.get(i - 1))
                    throw new OptimizerException(
                            "the milestones of a multistep schedule must ascend, got " + milestones);
            }
            fraction("gamma of a multistep schedule", gamma);
        }

        @Override
        public double factor(long step) {
            return Math.pow(gamma, milestones.stream().filter(m -> m <= step).count());
        }
    }

    /** {@code gamma} to the power of the step. */
    record Exponential(double gamma) implements Schedule {
        public Exponential {
            fraction("gamma of an exponential schedule", gamma);
        }

        @Override
        public double factor(long step) {
            return Math.pow(gamma, step);
        }
    }

    /** From 1 to {@code last}, above 1, at the last of {@code steps} steps, by the same factor at each: for range tests. */
    record Rising(long steps, double last) implements Schedule {
        public Rising {
            positive("length of a rising schedule", steps - 1);
            if (!(last > 1) || Double.isInfinite(last))
                throw new OptimizerException("the last factor of a rising schedule must be above 1, got " + last);
        }

        @Override
        public double factor(long step) {
            return Math.pow(last, part(step, steps - 1));
        }
    }

    /** Half a cosine wave from 1 down to {@code floor} in {@code steps} steps (Loshchilov and Hutter, 2017). */
    record Cosine(long steps, double floor) implements Schedule {
        public Cosine {
            positive("length of a cosine schedule", steps);
            fraction("floor of a cosine schedule", floor);
        }

        @Override
        public double factor(long step) {
            return floor + (1 - floor) * (1 + Math.cos(Math.PI * part(step, steps))) / 2;
        }
    }

    /** From 1 down to {@code floor} in {@code steps} steps as the power of what is left; a power of 1 is a straight line. */
    record Polynomial(long steps, double power, double floor) implements Schedule {
        public Polynomial {
            positive("length of a polynomial schedule", steps);
            if (!(power > 0) || Double.isInfinite(power))
                throw new OptimizerException("the power of a polynomial schedule must be above 0, got " + power);
            fraction("floor of a polynomial schedule", floor);
        }

        @Override
        public double factor(long step) {
            return floor + (1 - floor) * Math.pow(1 - part(step, steps), power);
        }
    }

    /**
     * One cycle of two cosine waves (Smith and Topin, 2018, as PyTorch has it): from 1 / divisor up to 1, then down to
     * 1 / (divisor * finalDivisor) at the last of {@code steps} steps.
     *
     * @param peak the share of steps in which the rate rises
     */
    record OneCycle(long steps, double peak, double divisor, double finalDivisor) implements Schedule {
        public OneCycle {
            positive("length of a one-cycle schedule", steps);
            fraction("rising share of a one-cycle schedule", peak);
            if (!(divisor >= 1 && finalDivisor >= 1)) {
                throw new OptimizerException("the divisors of a one-cycle schedule must be at least 1, got " + divisor
                        + " and " + finalDivisor);
            }
        }

        /** PyTorch's defaults: a peak at 0.3, divisors 25 and 10,000. */
        public static OneCycle of(long steps) {
            return new OneCycle(steps, 0.3, 25, 1e4);
        }

        @Override
        public double factor(long step) {
            double first = 1 / divisor, last = first / finalDivisor, top = peak * steps - 1, end = steps - 1;
            if (step >= end) return last;
            if (top > 0 && step <= top) return between(first, 1, step / top);
            double rise = Math.max(0, top);
            return between(1, last, (step - rise) / (end - rise));
        }

        private static double between(double from, double to, double part) {
            return to + (from - to) / 2 * (1 + Math.cos(Math.PI * part));
        }
    }

    /**
     * A straight rise before and while another schedule begins.
     *
     * @param steps how long the rise takes
     * @param start the factor at step 0
     * @param then what comes after
     * @param shifted whether {@code then} begins when the rise is over; if not, it counts from step 0 and is multiplied
     *     with the rise, so that its milestones stay where they are
     */
    record WarmUp(long steps, double start, Schedule then, boolean shifted) implements Schedule {
        public WarmUp {
            positive("length of a warm-up", steps);
            fraction("start of a warm-up", start);
        }

        @Override
        public double factor(long step) {
            double rise = step >= steps ? 1 : start + (1 - start) * step / steps;
            return rise * then.factor(shifted ? Math.max(0, step - steps) : step);
        }
    }

    /** Another schedule, but never below {@code floor}. */
    record AtLeast(double floor, Schedule schedule) implements Schedule {
        public AtLeast {
            fraction("smallest learning rate over the base learning rate", floor);
        }

        @Override
        public double factor(long step) {
            return Math.max(floor, schedule.factor(step));
        }
    }

    /** How much of a schedule is over, 0 to 1. */
    private static double part(long step, long steps) {
        return (double) Math.min(step, steps) / steps;
    }

    private static void positive(String what, long steps) {
        if (steps < 1) throw new OptimizerException("the " + what + " must be at least 1 step, got " + steps);
    }

    private static void fraction(String what, double value) {
        if (!(value >= 0 && value <= 1))
            throw new OptimizerException("the " + what + " must be from 0 to 1, got " + value);
    }
}
