package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.MatMul;
import voluta.tensor.TensorType;

/** Cases of {@link MatMul}. */
public final class MatMulCases implements OpCases {
    @Override
    public String op() {
        return "MatMul";
    }

    private static OpCase of(String name, boolean transposeA, boolean transposeB, TensorType a, TensorType b) {
        return OpCase.of(name, new MatMul(transposeA, transposeB), a, b).reducing(40);
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                of("matrices", false, false, f32(17, 33), f32(33, 16)),
                of("first transposed", true, false, f32(33, 17), f32(33, 5)),
                of("second transposed", false, true, f32(17, 33), f32(5, 33)),
                of("both transposed", true, true, f32(33, 17), f32(5, 33)),
                of("batch", false, false, f32(3, 7, 5), f32(3, 5, 9)),
                of("batch, both transposed", true, true, f32(2, 3, 5, 7), f32(2, 3, 9, 5)),
                of("one matrix for the whole batch", false, false, f32(3, 7, 5), f32(5, 9)),
                of("batch dimensions broadcast", false, true, f32(2, 1, 7, 5), f32(3, 9, 5)),
                of("row by column", false, false, f32(1, 33), f32(33, 1)),
                of("column by row", false, false, f32(7, 1), f32(1, 9)),
                of("integers", false, true, f32(2, 6, 9), f32(2, 4, 9)).exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "inner dimensions that differ",
                        () -> new MatMul(false, true),
                        List.of(f32(2, 3), f32(3, 4)),
                        "inner dimensions that agree, got 3 of [2,3] and 4 of [3,4] (transposed)"),
                new InvalidCase(
                        "a vector",
                        () -> new MatMul(false, false),
                        List.of(f32(3), f32(3, 4)),
                        "two operands of rank 2 or more, got [3] and [3,4]"),
                new InvalidCase(
                        "batches that differ",
                        () -> new MatMul(false, false),
                        List.of(f32(2, 3, 4), f32(3, 4, 5)),
                        "shapes [2] and [3] cannot be broadcast together"));
    }
}
