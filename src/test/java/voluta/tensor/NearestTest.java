package voluta.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Guesses at what someone may have meant. */
class NearestTest {
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
    void caseHyphensAndUnderscoresMakeNoDifference() {
        assertEquals(Optional.of("mobilenet_v2"), Nearest.of("MobileNet-V2", List.of("lenet5", "mobilenet_v2")));
    }

    @Test
    void aSingleLetterIsNoMistypedOther() {
        assertEquals(Optional.empty(), Nearest.of("-x", List.of("-b", "-j", "--batch-size")));
    }

    @Test
    void suggestionNamesTheNearestOrAll() {
        List<String> words = List.of("relu", "gelu_tanh");
        assertEquals("; did you mean relu?", Nearest.suggestion("rellu", words));
        assertEquals("; there are relu, gelu_tanh", Nearest.suggestion("convolution", words));
    }
}
