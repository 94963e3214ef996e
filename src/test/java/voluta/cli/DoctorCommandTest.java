package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
    @Test
    void tellsOfBackendsAndMachine() {
        String out = Outcome.of("doctor").succeeded().out();
        assertTrue(out.contains("reference"), out);
        assertTrue(out.contains("plain Java in double precision"), out);
        assertTrue(out.contains(System.getProperty("java.version")), out);
    }

    @Test
    void jsonHasARecordPerSectionAndTheChoiceLast() {
        Outcome o = Outcome.of("doctor", "--json", "--backend", "reference").succeeded();
        String sections = o.json().stream()
                .filter(r -> r.has("section"))
                .map(r -> r.get("section").asText())
                .distinct()
                .collect(Collectors.joining(" "));
        assertEquals("backends java processor threads memory files libraries", sections);
        assertEquals("reference", o.lastJson().get("backend").asText());
    }

    @Test
    void refusesABackendThatIsNotThere() {
        assertEquals(
                ExitCode.DEVICE, Outcome.of("doctor", "--backend", "abacus").code());
    }
}
