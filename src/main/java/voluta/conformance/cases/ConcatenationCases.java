package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Concatenation;
import voluta.tensor.TensorType;

/** Cases of {@link Concatenation}. */
public final class ConcatenationCases implements OpCases {
    @Override
    public String op() {
        return "Concatenation";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("channels", new Concatenation(1), f32(2, 16, 5, 7), f32(2, 32, 5, 7)),
                // the second begins within a block of 16 channels
                OpCase.of(
                        "odd numbers of channels",
                        new Concatenation(1),
                        f32(2, 3, 5, 5),
                        f32(2, 17, 5, 5),
                        f32(2, 1, 5, 5)),
                OpCase.of("batches", new Concatenation(0), f32(1, 3, 4, 4), f32(3, 3, 4, 4)),
                OpCase.of("last dimension", new Concatenation(3), f32(2, 16, 3, 5), f32(2, 16, 3, 2)),
                OpCase.of("matrices", new Concatenation(1), f32(3, 10), f32(3, 7)),
                OpCase.of("vectors", new Concatenation(0), f32(3), f32(5), f32(1)),
                OpCase.of("five dimensions", new Concatenation(2), f32(1, 3, 2, 4, 3), f32(1, 3, 3, 4, 3)),
                OpCase.of("one input", new Concatenation(1), f32(2, 3, 4)),
                OpCase.of("labels", new Concatenation(0), TensorType.i32(3), TensorType.i32(4))
                        .exactly()
                        .forwardOnly(),
                OpCase.of("integers", new Concatenation(1), f32(2, 16, 3, 3), f32(2, 16, 3, 3))
                        .exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "sizes that differ elsewhere",
                        () -> new Concatenation(1),
                        List.of(f32(2, 3, 5), f32(2, 3, 6)),
                        "inputs that differ in dimension 1 alone"),
                new InvalidCase(
                        "types that differ",
                        () -> new Concatenation(1),
                        List.of(f32(2, 3), TensorType.i32(2, 3)),
                        "inputs that differ in dimension 1 alone"),
                new InvalidCase(
                        "a dimension that is not there",
                        () -> new Concatenation(2),
                        List.of(f32(2, 3), f32(2, 3)),
                        "along dimension 2 needs inputs with more than 2 dimensions"),
                new InvalidCase("nothing", () -> new Concatenation(0), List.of(), "at least one input"));
    }
}
