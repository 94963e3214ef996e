package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.Accumulate;
import voluta.tensor.TensorType;

/** Cases of {@link Accumulate}. */
public final class AccumulateCases implements OpCases {
    @Override
    public String op() {
        return "Accumulate";
    }

    @Override
    public List<OpCase> valid() {
        Accumulate restarting = new Accumulate(true);
        return List.of(
                state(OpCase.of("a sum goes on", new Accumulate(), f32(), f32())),
                state(OpCase.of("a tensor of odd sizes goes on", new Accumulate(), f32(17, 3, 3, 3), f32(17, 3, 3, 3))),
                state(OpCase.of("a sum that may restart goes on", restarting, f32(33), f32(33), f32()))
                        .fill(Accumulate.BEGIN, Fill.ZERO),
                state(OpCase.of("a sum begins anew", restarting, f32(33), f32(33), f32()))
                        .fill(Accumulate.BEGIN, Fill.POSITIVE),
                state(OpCase.of("several pieces", restarting, f32(40, 1000), f32(40, 1000), f32()))
                        .fill(Accumulate.BEGIN, Fill.ZERO));
    }

    private static OpCase state(OpCase c) {
        return c.fill(0, Fill.POSITIVE)
                .fill(1, Fill.POSITIVE)
                .role(0, Role.STATE)
                .forwardOnly();
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("another shape", Accumulate::new, List.of(f32(), f32(2)), "got f32[] and f32[2]"),
                new InvalidCase(
                        "integers",
                        Accumulate::new,
                        List.of(TensorType.i32(3), TensorType.i32(3)),
                        "got i32[3] and i32[3]"),
                new InvalidCase(
                        "no word on when to begin",
                        () -> new Accumulate(true),
                        List.of(f32(2), f32(2)),
                        "expects 3 inputs, got 2"),
                new InvalidCase(
                        "a word for each element",
                        () -> new Accumulate(true),
                        List.of(f32(2), f32(2), f32(2)),
                        "expects the begin as a scalar"));
    }
}
