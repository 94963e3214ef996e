package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Transpose;
import voluta.tensor.TensorType;

/** Cases of {@link Transpose}. */
public final class TransposeCases implements OpCases {
    @Override
    public String op() {
        return "Transpose";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("a matrix", new Transpose(List.of(1, 0)), f32(5, 7)),
                OpCase.of("channels last", new Transpose(List.of(0, 2, 3, 1)), f32(2, 17, 5, 3)),
                // not its own inverse: a gradient that used the same permutation would be wrong
                OpCase.of("a cycle of three", new Transpose(List.of(2, 0, 1)), f32(3, 4, 5)),
                OpCase.of("five dimensions", new Transpose(List.of(4, 2, 0, 3, 1)), f32(2, 3, 4, 5, 6)),
                OpCase.of("nothing moves", new Transpose(List.of(0, 1, 2)), f32(2, 3, 4)),
                OpCase.of("bytes", new Transpose(List.of(0, 3, 1, 2)), TensorType.u8(2, 5, 4, 3))
                        .exactly()
                        .fill(0, OpCase.Fill.BYTES)
                        .forwardOnly(),
                OpCase.of("integers", new Transpose(List.of(0, 2, 1)), f32(3, 16, 5))
                        .exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "a dimension named twice",
                        () -> new Transpose(List.of(0, 0)),
                        List.of(f32(2, 3)),
                        "names each of 0 to 1 once, got [0, 0]"),
                new InvalidCase(
                        "too few dimensions",
                        () -> new Transpose(List.of(1, 0)),
                        List.of(f32(2, 3, 4)),
                        "expects an input with 2 dimensions, got f32[2,3,4]"));
    }
}
