package voluta.conformance;

import java.util.List;
import voluta.conformance.cases.ArithmeticCases;

/** All cases: one line per op. */
public final class CaseTable {
    private CaseTable() {}

    /** Every op's cases. */
    public static List<OpCases> all() {
        return List.of(
                // convolution, linear, matmul

                // pooling and shape

                // normalization

                // optimizers and clipping

                // elementwise, reductions, losses
                new ArithmeticCases());
    }
}
