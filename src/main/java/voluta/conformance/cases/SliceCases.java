package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Slice;
import voluta.tensor.TensorType;

/** Cases of {@link Slice}. */
public final class SliceCases implements OpCases {
    @Override
    public String op() {
        return "Slice";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("a block of channels", slice(List.of(0, 16, 0, 0), List.of(2, 32, 5, 7)), f32(2, 48, 5, 7)),
                // begins within a block of 16 channels
                OpCase.of("some channels", slice(List.of(0, 5, 0, 0), List.of(3, 22, 5, 5)), f32(3, 33, 5, 5)),
                OpCase.of("the last channels", slice(List.of(0, 16, 0, 0), List.of(2, 33, 3, 3)), f32(2, 33, 3, 3)),
                OpCase.of("some samples", slice(List.of(1, 0, 0), List.of(3, 3, 4)), f32(4, 3, 4)),
                OpCase.of("a box", slice(List.of(0, 1, 1, 1, 0), List.of(1, 3, 4, 4, 5)), f32(1, 3, 4, 5, 6)),
                OpCase.of("a vector's middle", slice(List.of(3), List.of(9)), f32(11)),
                OpCase.of("everything", slice(List.of(0, 0), List.of(5, 7)), f32(5, 7)),
                OpCase.of("labels", slice(List.of(3), List.of(9)), TensorType.i32(11))
                        .exactly()
                        .forwardOnly(),
                OpCase.of("integers", slice(List.of(0, 1, 0, 1), List.of(2, 3, 2, 4)), f32(2, 4, 3, 5))
                        .exactly());
    }

    private static Slice slice(List<Integer> begin, List<Integer> end) {
        return new Slice(begin, end);
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "an end beyond the input",
                        () -> slice(List.of(0, 0), List.of(2, 8)),
                        List.of(f32(2, 7)),
                        "within 0 to 7 of dimension 1, at least one, got 0 to 8"),
                new InvalidCase(
                        "nothing taken",
                        () -> slice(List.of(1), List.of(1)),
                        List.of(f32(2)),
                        "at least one, got 1 to 1"),
                new InvalidCase(
                        "too few dimensions",
                        () -> slice(List.of(0), List.of(1)),
                        List.of(f32(2, 2)),
                        "name every dimension"),
                new InvalidCase(
                        "lists of unequal length",
                        () -> slice(List.of(0), List.of(1, 2)),
                        List.of(f32(2, 2)),
                        "as many begins as ends"));
    }
}
