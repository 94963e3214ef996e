package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.Shape;

/**
 * How two broadcast batches of matrices are gone through: dimensions that both operands step through evenly are joined,
 * the longest run becomes one batched call, and what is left over is a call for each.
 *
 * @param count matrices in a call
 * @param strideA matrices of a from one to the next in a call, 0 or 1 (or more, where an inner dimension is left over)
 * @param strideB the same of b
 * @param strideY the same of the result
 * @param calls for each call, where a, b and the result begin, in matrices
 */
record BatchStrides(long count, long strideA, long strideB, long strideY, List<long[]> calls) {
    private record Dimension(long size, long a, long b, long y) {}

    /** For the batch dimensions of a, b and the result. */
    static BatchStrides of(Shape a, Shape b, Shape y) {
        List<Dimension> joined = joined(a, b, y);
        Dimension longest =
                joined.stream().reduce((p, q) -> q.size >= p.size ? q : p).orElse(new Dimension(1, 0, 0, 0));
        List<long[]> calls = new ArrayList<>();
        calls.add(new long[3]);
        for (Dimension d : joined) {
            if (d == longest) continue;
            List<long[]> next = new ArrayList<>();
            for (long[] from : calls) {
                for (long i = 0; i < d.size; i++)
                    next.add(new long[] {from[0] + i * d.a, from[1] + i * d.b, from[2] + i * d.y});
            }
            calls = next;
        }
        return new BatchStrides(longest.size, longest.a, longest.b, longest.y, calls);
    }

    /** The dimensions of the result, innermost first, neighbours joined where all three step evenly across both. */
    private static List<Dimension> joined(Shape a, Shape b, Shape y) {
        List<Dimension> all = new ArrayList<>();
        long stepA = 1, stepB = 1, stepY = 1;
        for (int d = 1; d <= y.rank(); d++) {
            long size = y.dim(-d), inA = d <= a.rank() ? a.dim(-d) : 1, inB = d <= b.rank() ? b.dim(-d) : 1;
            Dimension next = new Dimension(size, inA == 1 ? 0 : stepA, inB == 1 ? 0 : stepB, stepY);
            stepA *= inA;
            stepB *= inB;
            stepY *= size;
            if (size == 1) continue;
            Dimension last = all.isEmpty() ? null : all.get(all.size() - 1);
            if (last != null && continues(last, next)) {
                all.set(all.size() - 1, new Dimension(last.size * size, last.a, last.b, last.y));
            } else {
                all.add(next);
            }
        }
        return all;
    }

    private static boolean continues(Dimension inner, Dimension outer) {
        return outer.a == inner.a * inner.size && outer.b == inner.b * inner.size && outer.y == inner.y * inner.size;
    }
}
