package voluta.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Counting of regions against a limit. */
class MemoryAccountTest {
    private static BackendOptions limited(long bytes) {
        return new BackendOptions(0, 0, false, bytes);
    }

    @Test
    void theUsersLimitComesBeforeTheDevices() {
        assertEquals(100, MemoryAccount.of(limited(100), 1000, "the device").limit());
        assertEquals(1000, MemoryAccount.of(limited(0), 1000, "the device").limit());
    }

    @Test
    void whatIsGivenBackCanBeTakenAgain() {
        MemoryAccount account = MemoryAccount.of(limited(100), 1000, "the device");
        account.take("arena", 60);
        account.take("state", 40);
        DeviceMemoryException e = assertThrows(DeviceMemoryException.class, () -> account.take("arena", 1));
        assertEquals(1, e.asked());
        assertEquals(100, e.limit());
        assertEquals(100, account.live());
        account.giveBack(60);
        account.take("arena", 60);
        assertEquals(100, account.live());
    }

    @Test
    void amountsBeyondAllBoundsDoNotOverflow() {
        MemoryAccount account = MemoryAccount.of(limited(100), 1000, "the device");
        account.take("arena", 100);
        assertThrows(DeviceMemoryException.class, () -> account.take("arena", Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void backendsKeepToTheLimitAndReturnWhatTheyClose(String name) {
        try (Backend backend = Backends.open(name, limited(1 << 20)).backend()) {
            MemoryRegion most = backend.allocate("arena", 1 << 20);
            DeviceMemoryException e = assertThrows(DeviceMemoryException.class, () -> backend.allocate("state", 8192));
            assertEquals(
                    "the state needs 8.00 KiB, but only 0 bytes of the memory limit (1.00 MiB) are left; use a smaller"
                            + " batch or a higher limit",
                    e.getMessage());
            most.close();
            most.close();
            backend.allocate("arena", 1 << 20).close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void processorsAreOneDevice(String name) {
        DeviceException e =
                assertThrows(DeviceException.class, () -> Backends.open(name, new BackendOptions(0, 9, false, 0)));
        assertTrue(e.getMessage().startsWith("there is no device 9: backend " + name), e.getMessage());
    }
}
