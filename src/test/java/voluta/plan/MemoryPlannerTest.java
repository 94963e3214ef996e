package voluta.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import voluta.plan.MemoryPlanner.Piece;

class MemoryPlannerTest {
    @Provide
    Arbitrary<List<Piece>> pieces() {
        Arbitrary<Long> bytes = Arbitraries.longs().between(1, 5000);
        Arbitrary<Integer> first = Arbitraries.integers().between(0, 40);
        Arbitrary<Integer> length = Arbitraries.integers().between(0, 12);
        return Combinators.combine(bytes, first, length)
                .as((b, f, l) -> new Piece(b, f, f + l))
                .list()
                .ofMaxSize(60);
    }

    @Property(seed = "1", tries = 300)
    void whatLivesTogetherLiesApart(@ForAll("pieces") List<Piece> pieces) {
        MemoryPlanner.Result r = MemoryPlanner.place(pieces, true);
        for (int i = 0; i < pieces.size(); i++) {
            Piece p = pieces.get(i);
            assertEquals(0, r.offsets()[i] % MemoryPlanner.ALIGNMENT);
            assertTrue(r.offsets()[i] + p.bytes() <= r.bytes());
            for (int j = 0; j < i; j++) {
                Piece q = pieces.get(j);
                boolean together = p.first() <= q.last() && q.first() <= p.last();
                boolean apart =
                        r.offsets()[i] + p.bytes() <= r.offsets()[j] || r.offsets()[j] + q.bytes() <= r.offsets()[i];
                assertTrue(apart || !together, () -> p + " and " + q + " share bytes");
            }
        }
        assertTrue(r.bytes() >= r.bound(), "nothing fits into less than what lives at once");
        assertTrue(r.bytes() <= MemoryPlanner.place(pieces, false).bytes(), "reuse never costs memory");
    }

    @Test
    void aChainNeedsTwoPieces() {
        MemoryPlanner.Result r = MemoryPlanner.place(
                List.of(new Piece(1000, 0, 1), new Piece(1000, 1, 2), new Piece(1000, 2, 3), new Piece(1000, 3, 4)),
                true);
        assertEquals(2048, r.bytes());
        assertEquals(2048, r.bound());
    }
}
