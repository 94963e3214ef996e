package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.op.Arithmetic;
import voluta.tensor.Shape;

/** Batched calls reach each matrix of the result once, with the operands that broadcasting says. */
class BatchStridesTest {
    private static void check(Shape a, Shape b, int calls) {
        Shape y = Arithmetic.broadcast(a, b);
        BatchStrides s = BatchStrides.of(a, b, y);
        assertEquals(calls, s.calls().size(), a + " and " + b);
        List<String> reached = new ArrayList<>(), expected = new ArrayList<>();
        for (long[] from : s.calls())
            for (long i = 0; i < s.count(); i++)
                reached.add((from[2] + i * s.strideY()) + ": " + (from[0] + i * s.strideA()) + " "
                        + (from[1] + i * s.strideB()));
        for (long i = 0; i < y.elements(); i++) expected.add(i + ": " + at(a, y, i) + " " + at(b, y, i));
        reached.sort(null);
        expected.sort(null);
        assertEquals(expected, reached, a + " and " + b);
    }

    /** Which matrix of an operand belongs to matrix {@code i} of the result. */
    private static long at(Shape operand, Shape y, long i) {
        long index = 0, step = 1, rest = i;
        for (int d = 1; d <= y.rank(); d++) {
            long k = rest % y.dim(-d);
            rest /= y.dim(-d);
            if (d > operand.rank()) continue;
            if (operand.dim(-d) > 1) index += k * step;
            step *= operand.dim(-d);
        }
        return index;
    }

    @Test
    void batchesAreGoneThrough() {
        check(Shape.of(), Shape.of(), 1);
        check(Shape.of(3), Shape.of(3), 1);
        check(Shape.of(3), Shape.of(), 1);
        check(Shape.of(2, 3), Shape.of(2, 3), 1);
        check(Shape.of(2, 3), Shape.of(1, 1), 1);
        check(Shape.of(2, 1), Shape.of(3), 2);
        check(Shape.of(5, 1), Shape.of(3), 3);
        check(Shape.of(2, 1, 4), Shape.of(3, 1), 6);
        check(Shape.of(2, 3, 4), Shape.of(2, 1, 1), 2);
        check(Shape.of(1, 3, 4), Shape.of(2, 3, 4), 2);
    }
}
