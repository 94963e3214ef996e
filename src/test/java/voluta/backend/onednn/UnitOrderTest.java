package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Layout;
import voluta.backend.MemoryRegion;
import voluta.backend.Slice;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Where units lie in layouts with and without blocks, padding, and groups. */
class UnitOrderTest {
    @ParameterizedTest
    @CsvSource({
        "oihw, 5 3 2 2, 5 3 2 2",
        "hwio, 5 3 2 2, 5 3 2 2",
        "iohw, 5 3 2 2, 5 3 2 2",
        "ba, 6 4, 6 4",
        "OIhw16i16o, 17 18 3 1, 17 18 3 1",
        "OIhw8i16o2i, 33 17 1 2, 33 17 1 2",
        "Ohwi8o, 9 3 2 2, 9 3 2 2",
        "OIhw4o4i, 8 8 1 1, 8 8 1 1",
        "goihw, 6 2 3 1, 3 2 2 3 1",
        "hwigo, 6 2 3 1, 3 2 2 3 1",
        "gOIhw8i8o, 32 9 2 1, 2 16 9 2 1",
        "Goihw16g, 20 1 3 3, 20 1 1 3 3"
    })
    void eachElementBelongsToItsUnit(String tag, String logical, String stored) throws ReflectiveOperationException {
        TensorType type = TensorType.f32(numbers(logical));
        memory.desc d = new memory.desc(numbers(stored), data_type.f32, (format_tag)
                format_tag.class.getField(tag).get(null));
        Layout layout = new OnednnLayout(d);
        long units = type.dim(0);
        HostTensor tensor = HostTensor.zeros(type);
        for (long i = 0; i < type.elements(); i++) tensor.set(i, 1 + i / (type.elements() / units));
        UnitOrder order = UnitOrder.of(type, layout, units);
        try (Backend backend = Backends.open("onednn", BackendOptions.DEFAULT).backend();
                MemoryRegion region = backend.allocate("test", layout.bytes(type))) {
            Slice slice = new Slice(region, 0, layout.bytes(type));
            backend.write(slice, type, layout, tensor);
            FloatBuffer raw = NativeMemory.buffer(NativeMemory.address(slice), layout.bytes(type))
                    .asFloatBuffer();
            int found = 0;
            for (int i = 0; i < raw.capacity(); i++) {
                int unit = order.base(i / order.run * order.run) + order.lanes[i & (order.lanes.length - 1)];
                assertEquals(order.base(i / order.run * order.run), order.base(i), "one base to a run");
                assertTrue(unit < order.count, unit + " of " + order.count);
                if (raw.get(i) == 0) continue;
                found++;
                assertEquals(raw.get(i), unit + 1, tag + " at " + i);
            }
            assertEquals(type.elements(), found);
        }
    }

    private static long[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
    }
}
