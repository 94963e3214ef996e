package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lines of JSON. */
class JsonLineTest {
    @Test
    void jsonKeepsOrderAndQuotesWhatIsNoNumber() {
        assertEquals(
                "{\"b\":1,\"a\":[true,null],\"n\":\"NaN\",\"m\":{\"k\":\"x\\\"y\"},\"d\":0.5}",
                new JsonLine()
                        .put("b", 1)
                        .put("a", java.util.Arrays.asList(true, null))
                        .put("n", Double.NaN)
                        .put("m", Map.of("k", "x\"y"))
                        .put("d", 0.5)
                        .toString());
    }
}
