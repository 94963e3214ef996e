package voluta.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Amounts of memory. */
class BytesTest {
    @Test
    void amountsHaveThreeDigits() {
        assertEquals("17 bytes", Bytes.text(17));
        assertEquals("1.00 KiB", Bytes.text(1024));
        assertEquals("23.5 GiB", Bytes.text(25276510208L));
    }

    @ParameterizedTest
    @CsvSource({
        "65536, 65536",
        "2g, 2147483648",
        "2G, 2147483648",
        "1.5 GiB, 1610612736",
        "512MB, 536870912",
        "4t, 4398046511104",
        "100b, 100"
    })
    void everyUsualFormIsRead(String text, long bytes) {
        assertEquals(bytes, Bytes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "-1g", "0", "2x", "1e9", "two", "99999999999999t"})
    void anythingElseIsRefused(String text) {
        VolutaException e = assertThrows(VolutaException.class, () -> Bytes.parse(text));
        assertTrue(e.getMessage().endsWith("use a number with k, m, g or t, such as 2g"), e.getMessage());
    }
}
