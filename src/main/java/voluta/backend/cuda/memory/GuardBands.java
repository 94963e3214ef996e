package voluta.backend.cuda.memory;

import java.util.Optional;

/** Bands of a known content before and after a region. The one behind begins right after its last byte. */
final class GuardBands {
    static final byte CONTENT = (byte) 0xa5;
    private static final int BYTES = 256;

    private final DeviceDriver driver;

    GuardBands(DeviceDriver driver) {
        this.driver = driver;
    }

    /** Bytes before each region; keeps its alignment. */
    static long before() {
        return BYTES;
    }

    /** Bytes that a region of so many bytes needs with both bands, not yet rounded. */
    static long around(long bytes) {
        return Math.addExact(bytes, 2L * BYTES);
    }

    void write(long address, long bytes) {
        driver.fill(address - BYTES, BYTES, CONTENT);
        driver.fill(address + bytes, BYTES, CONTENT);
    }

    /** What was overwritten, as the rest of a sentence; empty where nothing was. */
    Optional<String> damage(long address, long bytes) {
        byte[] band = new byte[BYTES];
        driver.read(address - BYTES, band);
        for (int i = BYTES - 1; i >= 0; i--) {
            if (band[i] != CONTENT)
                return Optional.of("something wrote " + (BYTES - i) + " bytes before its beginning");
        }
        driver.read(address + bytes, band);
        for (int i = 0; i < BYTES; i++) {
            if (band[i] != CONTENT) return Optional.of("something wrote " + (i + 1) + " bytes past its end");
        }
        return Optional.empty();
    }
}
