package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Small pieces of text: nearest words, amounts, JSON. */
class WordsTest {
    @Test
    void distanceCountsSwapsOnce() {
        assertEquals(0, Nearest.distance("abc", "abc"));
        assertEquals(1, Nearest.distance("abc", "acb"));
        assertEquals(3, Nearest.distance("", "abc"));
        assertEquals(3, Nearest.distance("kitten", "sitting"));
    }

    @Test
    void nearestIsAWordThatCouldHaveBeenMeant() {
        List<String> words = List.of("--epochs", "--batch-size", "--backend");
        assertEquals(Optional.of("--epochs"), Nearest.of("--epoch", words));
        assertEquals(Optional.of("--batch-size"), Nearest.of("--batchsize", words));
        assertEquals(Optional.of("resnet18"), Nearest.of("restnet18", List.of("resnet34", "resnet18", "lenet5")));
        assertEquals(Optional.of("mobilenetv2"), Nearest.of("mobile", List.of("mobilenetv2", "lenet5")));
        assertEquals(Optional.empty(), Nearest.of("xyz", words));
    }

    @Test
    void amountsHaveThreeDigits() {
        assertEquals("17 bytes", Bytes.text(17));
        assertEquals("1.00 KiB", Bytes.text(1024));
        assertEquals("23.5 GiB", Bytes.text(25276510208L));
    }

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
