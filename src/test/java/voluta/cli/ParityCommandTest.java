package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParityCommandTest {
    @Test
    void tableMarksTheWorstLayer() {
        Outcome o = Outcome.of("parity", "lenet5", "--steps", "2", "-b", "4").succeeded();
        assertEquals(1, o.out().lines().filter(l -> l.endsWith("<- worst")).count(), o.out());
        assertTrue(o.out().contains("agrees with reference"), o.out());
        assertTrue(o.out().lines().anyMatch(l -> l.startsWith("conv2 ")), o.out());
        assertTrue(o.err().contains("backend reference"), o.err());
    }

    @Test
    void recordsHaveLayersStepsAndTotals() {
        Outcome o = Outcome.of(
                        "parity",
                        "lenet5",
                        "--backends",
                        "onednn,reference",
                        "--steps",
                        "2",
                        "-b",
                        "4",
                        "--amp",
                        "--json")
                .succeeded();
        List<JsonNode> layers = section(o, "layers"), steps = section(o, "steps");
        JsonNode total = o.lastJson();
        assertEquals(o.json().size(), layers.size() + steps.size() + 1);
        assertEquals(2, steps.size());
        JsonNode conv = layers.stream()
                .filter(l -> l.get("layer").asText().equals("conv1"))
                .findFirst()
                .orElseThrow();
        for (String kind : List.of("output", "gradient", "weight")) {
            JsonNode d = conv.get(kind);
            assertTrue(d.get("error").asDouble() <= d.get("tolerance").asDouble(), d.toString());
            assertTrue(d.get("value").isTextual()
                    && d.get("step").isInt()
                    && d.get("implementation").isTextual());
        }
        assertTrue(conv.get("passed").asBoolean());
        assertEquals("total", total.get("section").asText());
        assertEquals("onednn", total.get("backends").get(0).asText());
        assertEquals("reference", total.get("backends").get(1).asText());
        assertEquals("bf16", total.get("precision").asText());
        assertEquals(4, total.get("batch").asInt());
        assertTrue(total.get("passed").asBoolean());
        assertTrue(
                total.get("compared").asInt() > 20 && total.get("not_compared").asInt() > 0);
        assertTrue(layers.stream()
                .anyMatch(l ->
                        l.get("layer").asText().equals(total.get("worst_layer").asText())));
    }

    private static List<JsonNode> section(Outcome o, String name) {
        return o.json().stream()
                .filter(l -> l.get("section").asText().equals(name))
                .toList();
    }

    @Test
    void badInputIsAnsweredInOneSentence() {
        Outcome.of("parity", "lenet5", "--backends", "onednn").failed(ExitCode.USAGE, "--backends", "two");
        Outcome.of("parity", "lenet5", "--steps", "0").failed(ExitCode.USAGE, "--steps is 0");
        Outcome.of("parity", "lenet5", "-b", "0").failed(ExitCode.USAGE, "--batch-size is 0");
        Outcome.of("parity", "lenet5", "--backends", "onednn,nothing").failed(ExitCode.DEVICE, "nothing");
        Outcome.of("parity", "no-such-net").failed(ExitCode.MODEL_OR_DATA, "no-such-net");
    }
}
