package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    /** As a bundle is started: one jar, whose manifest names the others. */
    @Test
    void librariesThatAManifestNamesAreKnown(@TempDir Path folder) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, "there-1.2.jar gone-3.4.jar");
        Path program = folder.resolve("program.jar"), there = Files.createFile(folder.resolve("there-1.2.jar"));
        new JarOutputStream(Files.newOutputStream(program), manifest).close();
        assertEquals(Set.of(program, there), DoctorCommand.classPath(program.toString()));
        assertEquals(Set.of(folder), DoctorCommand.classPath(folder.toString()));
        assertEquals(
                Set.of(program, folder),
                DoctorCommand.classPath(program + File.pathSeparator + folder),
                "as it stands");
    }
}
