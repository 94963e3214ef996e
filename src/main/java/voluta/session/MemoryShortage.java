package voluta.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import voluta.backend.DeviceMemoryException;
import voluta.graph.Value;
import voluta.plan.ExecutionPlan;
import voluta.plan.PlannedValue;
import voluta.plan.RegionKind;
import voluta.tensor.Bytes;

/** Says what a plan needs where memory did not suffice for it, and which batch would fit. */
final class MemoryShortage {
    private static final int LARGEST = 10;
    /** Share of the room that the batch which is named may take. */
    private static final double USED = 0.95;

    private MemoryShortage() {}

    /**
     * The error of a backend with the plan that it was for.
     *
     * @param live bytes of the session's regions before this plan
     * @param whole whether the plan is for a whole batch, so that a smaller one would need less
     */
    static DeviceMemoryException explain(DeviceMemoryException error, ExecutionPlan plan, long live, boolean whole) {
        List<String> lines = new ArrayList<>();
        StringBuilder regions = new StringBuilder();
        plan.regions()
                .forEach((kind, bytes) -> regions.append(regions.length() == 0 ? "" : ", ")
                        .append(kind.name().toLowerCase(Locale.ROOT))
                        .append(' ')
                        .append(Bytes.text(bytes)));
        lines.add("this step needs " + Bytes.text(plan.bytes()) + ": " + regions);
        lines.add("live before it: " + Bytes.text(live));
        lines.add("its largest values:");
        for (PlannedValue v : plan.largest(LARGEST)) lines.add(line(v));
        return error.explained(error.getMessage() + (whole ? fitting(plan, error.limit(), live) : ""), lines);
    }

    private static String line(PlannedValue v) {
        Value value = v.value();
        String source = value.producer() == null ? null : value.producer().source();
        return String.format(
                Locale.ROOT,
                "  %10s  %s%s %s",
                Bytes.text(v.placement().bytes()),
                value.name(),
                source == null ? "" : " (" + source + ")",
                value.type());
    }

    private static String fitting(ExecutionPlan plan, long limit, long live) {
        long batch = batch(plan);
        if (batch < 1 || limit == DeviceMemoryException.UNKNOWN) return "";
        long fits = fittingBatch(plan.regions(), batch, limit - live);
        return fits < 1
                ? String.format(Locale.ROOT, "; the batch size is %,d, and not even 1 would fit", batch)
                : String.format(Locale.ROOT, "; the batch size is %,d, about %,d would fit", batch, fits);
    }

    /** Images of a step; 0 where nothing with a batch is fed. */
    private static long batch(ExecutionPlan plan) {
        return plan.graph().sources(Value.Kind.INPUT).stream()
                .filter(v -> v.type().rank() > 1)
                .mapToLong(v -> v.type().dim(0))
                .findFirst()
                .orElse(0);
    }

    /**
     * The largest batch below {@code batch} that should fit into {@code room} bytes, taking arena and inputs to grow with
     * the batch and everything else to stay; 0 if none does. Inputs count thrice, since a device has two areas more for
     * those that arrive; and what grows is left a little room, since scratch does not shrink as the batch does.
     */
    static long fittingBatch(Map<RegionKind, Long> regions, long batch, long room) {
        long grows = 0, stays = 0;
        for (Map.Entry<RegionKind, Long> e : regions.entrySet()) {
            switch (e.getKey()) {
                case ARENA -> grows += e.getValue();
                case EXCHANGE -> grows += 3 * e.getValue();
                default -> stays += e.getValue();
            }
        }
        if (room <= stays || grows == 0) return 0;
        return Math.min(batch - 1, (long) (USED * (room - stays) / (grows / (double) batch)));
    }
}
