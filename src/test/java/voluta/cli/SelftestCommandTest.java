package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

class SelftestCommandTest {
    @Test
    void listNamesOpsAndCases() {
        String out = Outcome.of("selftest", "--list").succeeded().out();
        assertTrue(out.lines().anyMatch("Arithmetic"::equals), out);
        assertTrue(out.contains("\n  refuses "), out);
    }

    @Test
    void lastRecordHasTheTotals() {
        Outcome o =
                Outcome.of("selftest", "--json", "--backend", "reference", "--op", "Arithmetic", "--precision", "f32");
        JsonNode last = o.lastJson();
        assertEquals("reference", last.get("backend").asText());
        assertEquals(o.json().size() - 1, last.get("cases").asInt());
        long failed = o.json().stream()
                .filter(r -> r.has("case") && !r.get("passed").asBoolean())
                .count();
        assertEquals(failed, last.get("failed").asLong());
        assertEquals(failed == 0 ? ExitCode.OK : ExitCode.INTERNAL, o.code());
    }

    @Test
    void unknownOpIsAnsweredWithTheNearest() {
        Outcome.of("selftest", "--op", "Arithmetik").failed(ExitCode.USAGE, "did you mean Arithmetic?");
        Outcome.of("selftest", "--precision", "f8").failed(ExitCode.USAGE, "f8", "bf16");
    }
}
