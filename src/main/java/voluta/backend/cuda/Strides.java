package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.TensorType;

/**
 * Where the elements of broadcast operands lie, as native-kernels/include/strides.cuh takes it: the result's dimensions
 * in the order of its memory, neighbours joined that all operands lay out alike.
 */
final class Strides {
    private static final int MAX_RANK = 6;

    /** A value and its order. */
    record Operand(TensorType type, CudaLayout.Order order) {}

    /**
     * A launch: where it begins in the result and in each operand, counted in elements, how many elements it makes, and
     * the kernel's struct. There are several only where more dimensions are left than the kernel knows.
     */
    record Piece(long y, long a, long b, long elements, long[] words) {}

    private Strides() {}

    /** The launches for a result of one operand. */
    static List<Piece> of(Operand y, Operand a) {
        return pieces(joined(y, a, a));
    }

    /** The launches for a result of two operands. */
    static List<Piece> of(Operand y, Operand a, Operand b) {
        return pieces(joined(y, a, b));
    }

    /** Whether the operand lies, element by element, like the result. */
    static boolean same(Operand y, Operand a) {
        List<long[]> d = joined(y, a, a);
        return d.isEmpty() || d.size() == 1 && d.get(0)[1] == 1;
    }

    /** Rows of size and the operands' strides, outermost first. */
    private static List<long[]> joined(Operand y, Operand a, Operand b) {
        long[] strideA = aligned(y.type, a), strideB = aligned(y.type, b);
        List<long[]> rows = new ArrayList<>();
        for (int d : CudaLayout.dimensions(y.type.rank(), y.order)) {
            long size = y.type.dim(d);
            if (size == 1) continue;
            long[] outer = rows.isEmpty() ? null : rows.get(rows.size() - 1);
            if (outer != null && outer[1] == size * strideA[d] && outer[2] == size * strideB[d]) {
                outer[0] *= size;
                outer[1] = strideA[d];
                outer[2] = strideB[d];
            } else {
                rows.add(new long[] {size, strideA[d], strideB[d]});
            }
        }
        return rows;
    }

    /** The operand's stride along each dimension of the result, 0 where it is repeated. */
    private static long[] aligned(TensorType y, Operand o) {
        long[] strides = new long[y.rank()];
        int extra = y.rank() - o.type.rank();
        int[] dimensions = CudaLayout.dimensions(o.type.rank(), o.order);
        long stride = 1;
        for (int i = dimensions.length - 1; i >= 0; i--) {
            long size = o.type.dim(dimensions[i]);
            if (size > 1) strides[dimensions[i] + extra] = stride;
            stride *= size;
        }
        return strides;
    }

    private static List<Piece> pieces(List<long[]> rows) {
        int outer = Math.max(0, rows.size() - MAX_RANK);
        List<long[]> inner = rows.subList(outer, rows.size());
        long elements = 1, count = 1;
        for (long[] r : inner) elements *= r[0];
        for (long[] r : rows.subList(0, outer)) count *= r[0];
        long[] words = words(inner);
        List<Piece> pieces = new ArrayList<>();
        for (long k = 0; k < count; k++) {
            long rest = k, a = 0, b = 0;
            for (int d = outer - 1; d >= 0; d--) {
                long[] r = rows.get(d);
                a += rest % r[0] * r[1];
                b += rest % r[0] * r[2];
                rest /= r[0];
            }
            pieces.add(new Piece(k * elements, a, b, elements, words));
        }
        return pieces;
    }

    private static long[] words(List<long[]> rows) {
        long[] words = new long[1 + 3 * MAX_RANK];
        words[0] = rows.size();
        for (int d = 0; d < rows.size(); d++) {
            for (int k = 0; k < 3; k++) words[1 + k * MAX_RANK + d] = rows.get(d)[k];
        }
        return words;
    }
}
