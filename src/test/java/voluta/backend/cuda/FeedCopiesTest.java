package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.BackendOptions;
import voluta.backend.Feed;
import voluta.backend.HostBuffer;
import voluta.backend.Layouts;
import voluta.backend.MemoryRegion;
import voluta.backend.Slice;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Inputs on their way to the device: what arrives, and in how many copies. */
class FeedCopiesTest {
    private static final int SLOTS = 2;

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    /** Sizes in the order of their addresses; the feeds are given the other way round. */
    @ParameterizedTest
    @CsvSource({
        "100000 64 4 8, 2, 4",
        "4 8 100000 64, 3, 4",
        "4 100000 100000 8, 4, 4",
        "16384 16385, 2, 2",
        "16384 3 1, 1, 3",
        "100000, 1, 1",
        "'', 0, 0"
    })
    void smallNeighboursGoOverTogether(String sizes, int copies, int copiesInRawMemory) {
        for (boolean raw : new boolean[] {false, true}) {
            MemorySettings memory = MemorySettings.DEFAULT.withRaw(raw);
            try (CudaBackend b = new CudaBackend(BackendOptions.DEFAULT, "simulated", memory, Optional.empty());
                    Inputs in = new Inputs(b, sizes.isEmpty() ? new String[0] : sizes.split(" "));
                    FeedCopies feeds = new FeedCopies(b.context(), in.feeds)) {
                assertEquals(raw ? copiesInRawMemory : copies, feeds.fromHost());
                for (int step = 0; step < 5; step++) {
                    in.fill(step % SLOTS, step);
                    feeds.begin(step % SLOTS);
                    feeds.finish();
                    in.fill(step % SLOTS, 99); // they may be filled anew
                    for (Feed f : in.feeds) assertEquals(in.expected(f, step), in.read(f), f.name() + " " + step);
                }
                b.context().synchronize();
            }
        }
    }

    private static final class Inputs implements AutoCloseable {
        private final CudaBackend b;
        private final MemoryRegion region;
        private final List<Feed> feeds = new ArrayList<>();

        Inputs(CudaBackend b, String[] sizes) {
            this.b = b;
            region = b.allocate("exchange", 1 << 20);
            long at = 0;
            for (String size : sizes) {
                int n = Integer.parseInt(size);
                List<HostBuffer> slots = new ArrayList<>();
                for (int s = 0; s < SLOTS; s++) slots.add(b.allocateHost("input", n));
                TensorType type = new TensorType(DType.U8, Shape.of(n));
                feeds.add(0, new Feed(size, type, Layouts.PLAIN, new Slice(region, at, n), slots));
                at += (n + 255) / 256 * 256;
            }
        }

        private static byte value(Feed f, int step, int i) {
            return (byte) (31 * step + 7 * i + f.slots().get(0).bytes().capacity());
        }

        void fill(int slot, int step) {
            for (Feed f : feeds) {
                ByteBuffer to = f.slots().get(slot).bytes();
                for (int i = 0; i < to.capacity(); i++) to.put(i, value(f, step, i));
            }
        }

        List<Byte> expected(Feed f, int step) {
            int n = f.slots().get(0).bytes().capacity();
            return List.of(value(f, step, 0), value(f, step, n / 2), value(f, step, n - 1));
        }

        List<Byte> read(Feed f) {
            HostTensor t = HostTensor.zeros(f.type());
            b.read(f.target(), f.type(), Layouts.PLAIN, t);
            int n = t.bytes().capacity();
            return List.of(t.bytes().get(0), t.bytes().get(n / 2), t.bytes().get(n - 1));
        }

        @Override
        public void close() {
            feeds.forEach(f -> f.slots().forEach(HostBuffer::close));
            region.close();
        }
    }
}
