package voluta.backend.cuda.memory;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.tensor.Bytes;

class DeviceMemoryManagerTest {
    private static final long MIB = 1 << 20;
    private static final long PIB = 1L << 50;

    private final HostMemoryDriver device = new HostMemoryDriver(512 * MIB);

    private static MemorySettings settings(boolean raw, boolean guards) {
        return new MemorySettings(0, 16 * MIB, raw, guards, false);
    }

    /** 200 steps, 53 % of them allocations, sizes to 5 MiB: what the memory resources of RMM are put through. */
    @ParameterizedTest
    @CsvSource({"false,false,1", "true,false,2", "false,true,3", "true,true,4"})
    void randomAllocationsKeepTheirContentAndAllComeBack(boolean raw, boolean guards, long seed) {
        Random random = new Random(seed);
        List<DeviceRegion> open = new ArrayList<>();
        List<Byte> content = new ArrayList<>();
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(raw, guards));
        long live = 0, peak = 0;
        for (int step = 0; step < 200; step++) {
            if (open.isEmpty() || random.nextInt(100) < 53) {
                long bytes = random.nextInt((int) (5 * MIB) + 1);
                DeviceRegion region = memory.allocate("purpose " + step % 3, bytes);
                assertEquals(0, region.address() % 256, "alignment");
                assertHolds(region, (byte) 0, "new memory");
                region.fill((byte) step);
                open.add(region);
                content.add((byte) step);
                live += bytes;
            } else {
                int i = random.nextInt(open.size());
                live -= open.get(i).bytes();
                assertHolds(open.get(i), content.get(i), "seed " + seed + " step " + step);
                open.remove(i).close();
                content.remove(i);
            }
            peak = Math.max(peak, live);
            MemoryReport report = memory.report();
            assertEquals(live, report.live());
            assertEquals(peak, report.peak());
            assertEquals(device.heldBytes(), report.held());
            assertEquals(device.liveAllocations(), report.allocations());
            assertEquals(
                    live,
                    report.byPurpose().values().stream()
                            .mapToLong(Long::longValue)
                            .sum());
            if (raw) assertEquals(open.size(), report.allocations());
            assertThrows(DeviceMemoryException.class, () -> memory.allocate("too much", PIB));
        }
        memory.checkGuards();
        open.forEach(DeviceRegion::close);
        assertEquals(0, memory.report().live());
        memory.close();
        assertEquals(0, device.liveAllocations());
    }

    private void assertHolds(DeviceRegion region, byte expected, String when) {
        if (region.bytes() == 0) return;
        byte[] all = new byte[(int) region.bytes()];
        device.read(region.address(), all);
        for (byte b : all) {
            if (b != expected) throw new AssertionError(when + ": " + b + " instead of " + expected + " in " + region);
        }
    }

    @Test
    void smallRegionsShareOneDeviceAllocation() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, false));
        List<DeviceRegion> regions = new ArrayList<>();
        for (int i = 0; i < 100; i++) regions.add(memory.allocate("small", 1000));
        assertEquals(1, device.deviceAllocations);
        DeviceRegion large = memory.allocate("large", 40 * MIB);
        assertEquals(2, device.deviceAllocations);
        assertEquals(16 * MIB + 40 * MIB, memory.report().held());
        large.close();
        assertEquals(16 * MIB, memory.report().held(), "an empty block goes back");
        regions.forEach(DeviceRegion::close);
        assertEquals(0, device.liveAllocations());
        memory.close();
    }

    @Test
    void rawModeAsksTheDeviceOncePerRegion() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(true, false));
        List<DeviceRegion> regions = new ArrayList<>();
        for (int i = 0; i < 10; i++) regions.add(memory.allocate("small", 1000));
        assertEquals(10, device.deviceAllocations);
        assertEquals(10 * 1000, device.heldBytes(), "no byte more, so that all behind it is out of bounds");
        regions.forEach(DeviceRegion::close);
        memory.close();
    }

    @Test
    void rawModeAsksTheDeviceOncePerValue() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(true, false));
        DeviceMemory arena = memory.allocateForValues("arena", 4096);
        assertEquals(0, device.deviceAllocations, "nothing before a value is known");
        long first = arena.address(0, 300), second = arena.address(512, 300);
        assertEquals(2, device.deviceAllocations);
        assertEquals(first, arena.address(0, 300), "the same value");
        assertTrue(arena.address(0, 100) != first, "a value that lies there at another time");
        assertEquals(Map.of("arena", 700L), memory.report().byPurpose());
        assertEquals(0, device.read(second));
        arena.fill((byte) 7);
        assertEquals(7, device.read(second + 299), "values that are there");
        assertEquals(7, device.read(arena.address(1024, 10)), "and those that come");
        assertThrows(IllegalArgumentException.class, () -> arena.address(4000, 97));
        arena.close();
        assertEquals(0, device.liveAllocations());
        assertThrows(IllegalStateException.class, () -> arena.address(0, 300));
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {PIB, Long.MAX_VALUE, Long.MAX_VALUE - 255, 600 * MIB})
    void whatTheDeviceCannotGiveIsRefusedAndChangesNothing(long bytes) {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, true));
        DeviceMemory weights = memory.allocateForValues("parameters", 3000);
        DeviceRegion own = memory.allocate("workspace", 5000);
        MemoryReport before = memory.report();
        DeviceMemoryException e = assertThrows(DeviceMemoryException.class, () -> memory.allocate("arena", bytes));
        assertEquals(before, memory.report());
        assertEquals(bytes, e.asked());
        assertEquals(496 * MIB + 3000, e.limit(), "what values have, and the largest region that they could get");
        assertAll(List.of(
                        "no " + Bytes.text(bytes) + " for the arena",
                        "live " + Bytes.text(8000) + " (parameters " + Bytes.text(3000) + ", workspace "
                                + Bytes.text(5000) + ")",
                        "free on the device " + Bytes.text(496 * MIB) + " of " + Bytes.text(512 * MIB))
                .stream()
                .map(part -> () -> assertTrue(e.getMessage().contains(part), e.getMessage())));
        own.close();
        weights.close();
        memory.close();
    }

    @Test
    void deviceThatHasLessThanABlockStillGivesTheRegion() {
        HostMemoryDriver small = new HostMemoryDriver(MIB);
        DeviceMemoryManager memory = new DeviceMemoryManager(small, settings(false, false));
        DeviceRegion region = memory.allocate("arena", 1000);
        assertEquals(1024, memory.report().held());
        region.close();
        memory.close();
    }

    @Test
    void limitHoldsForWhatIsTakenFromTheDevice() {
        DeviceMemoryManager memory =
                new DeviceMemoryManager(device, settings(false, false).withLimit(2 * MIB));
        DeviceRegion first = memory.allocate("parameters", MIB);
        assertTrue(memory.report().held() <= 2 * MIB, "blocks are not larger than the limit");
        DeviceRegion second = memory.allocate("arena", MIB);
        MemoryReport before = memory.report();
        DeviceMemoryException e = assertThrows(DeviceMemoryException.class, () -> memory.allocate("state", 1));
        assertTrue(e.getMessage().contains("the limit is " + Bytes.text(2 * MIB)), e.getMessage());
        assertTrue(
                e.getMessage().contains("arena " + Bytes.text(MIB) + ", parameters " + Bytes.text(MIB)),
                e.getMessage());
        assertEquals(before, memory.report());
        second.close();
        DeviceRegion third = memory.allocate("state", 1);
        third.close();
        first.close();
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 255, 256, 257, 1000})
    void guardBandsFindAWriteRightPastEitherEnd(long bytes) {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, true));
        DeviceRegion region = memory.allocate("arena", bytes);
        memory.allocate("state", 10).close();
        assertDoesNotThrow(memory::checkGuards);
        device.write(region.address() + bytes - 1, (byte) 7);
        assertDoesNotThrow(memory::checkGuards, "its own bytes");

        device.write(region.address() + bytes, (byte) 7);
        DeviceException past = assertThrows(DeviceException.class, memory::checkGuards);
        assertTrue(past.getMessage().contains("arena (" + bytes + " bytes"), past.getMessage());
        assertTrue(past.getMessage().contains("wrote 1 bytes past its end"), past.getMessage());
        device.write(region.address() + bytes, GuardBands.CONTENT);
        assertDoesNotThrow(memory::checkGuards);

        device.write(region.address() - 2, (byte) 7);
        DeviceException before = assertThrows(DeviceException.class, region::close);
        assertTrue(before.getMessage().contains("wrote 2 bytes before its beginning"), before.getMessage());
        assertEquals(0, memory.report().live(), "closed all the same");
        memory.close();
        assertEquals(0, device.liveAllocations());
    }

    @Test
    void freedMemoryIsPoisonedWhereThatIsAskedFor() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, new MemorySettings(0, MIB, false, false, true));
        DeviceRegion kept = memory.allocate("parameters", 300), freed = memory.allocate("arena", 300);
        long address = freed.address();
        freed.close();
        assertEquals((byte) 0xff, device.read(address));
        assertEquals((byte) 0xff, device.read(address + 299));
        assertHolds(kept, (byte) 0, "its neighbour");
        assertHolds(memory.allocate("arena", 300), (byte) 0, "used again");
        assertThrows(IllegalStateException.class, memory::close);
    }

    @Test
    void closingARegionTwiceIsRefusedAndCountsOnce() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, false));
        DeviceRegion kept = memory.allocate("state", 100), region = memory.allocate("arena", 100);
        region.close();
        MemoryReport before = memory.report();
        IllegalStateException e = assertThrows(IllegalStateException.class, region::close);
        assertTrue(e.getMessage().contains("arena"), e.getMessage());
        assertThrows(IllegalStateException.class, region::address);
        assertThrows(IllegalStateException.class, () -> region.fill((byte) 1));
        assertEquals(before, memory.report());
        kept.close();
        memory.close();
        memory.close();
        assertThrows(IllegalStateException.class, () -> memory.allocate("arena", 1));
    }

    @Test
    void memoryIsUsedAgainOnlyAfterTheDeviceIsDone() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, false));
        DeviceRegion region = memory.allocate("arena", 100);
        int before = device.waits;
        region.close();
        assertTrue(device.waits > before);
        memory.close();
    }

    @Test
    void closeNamesWhatIsStillLiveAndFreesIt() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, false));
        DeviceRegion arena = memory.allocate("arena", 12345);
        memory.allocate("state", 1).close();
        PinnedBuffer input = memory.allocateHost("input", 64);
        IllegalStateException e = assertThrows(IllegalStateException.class, memory::close);
        assertTrue(e.getMessage().contains("arena (12345 bytes"), e.getMessage());
        assertTrue(e.getMessage().contains("input (64 bytes of pinned"), e.getMessage());
        assertTrue(!e.getMessage().contains("state"), e.getMessage());
        assertEquals(0, device.liveAllocations());
        assertEquals(0, device.livePinned());
        assertThrows(IllegalStateException.class, arena::close);
        assertThrows(IllegalStateException.class, input::bytes);
    }

    @Test
    void aFaultWhileMemoryIsClearedLeavesNothingBehind() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, false));
        device.failNextFill = new DeviceException("the device fell off the bus");
        assertThrows(DeviceException.class, () -> memory.allocate("arena", 100));
        assertEquals(0, memory.report().live());
        assertEquals(0, device.liveAllocations());
        memory.close();
    }

    @Test
    void pinnedBuffersAreZeroedCountedAndFreedOnce() {
        DeviceMemoryManager memory = new DeviceMemoryManager(device, settings(false, false));
        PinnedBuffer buffer = memory.allocateHost("input", 100);
        assertEquals(0, buffer.bytes().get(0));
        assertEquals(Map.of("input", 100L), memory.report().pinnedByPurpose());
        assertEquals(0, memory.report().live(), "host bytes are no device bytes");
        MemoryReport before = memory.report();
        assertThrows(DeviceMemoryException.class, () -> memory.allocateHost("input", PIB));
        assertThrows(DeviceMemoryException.class, () -> memory.allocateHost("input", 600 * MIB));
        assertEquals(before, memory.report());
        buffer.close();
        assertThrows(IllegalStateException.class, buffer::close);
        assertThrows(IllegalStateException.class, buffer::bytes);
        assertEquals(0, device.livePinned());
        memory.close();
    }
}
