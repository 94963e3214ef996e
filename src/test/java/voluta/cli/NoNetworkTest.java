package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing reads the network: the program runs where there is none, not even a loopback that is up. */
class NoNetworkTest {
    private static final List<String> WITHOUT_NETWORK = List.of("unshare", "--map-root-user", "--net");

    @TempDir
    Path folder;

    private record Ended(int code, String out) {}

    @BeforeAll
    static void namespacesArePermitted() throws Exception {
        Ended e;
        try {
            e = run(Path.of("/tmp"), List.of("cat", "/proc/net/route"));
        } catch (IOException absent) {
            assumeTrue(false, "there is no unshare here, which takes the network away: " + absent.getMessage());
            return;
        }
        assumeTrue(e.code() == 0, "network namespaces are not permitted here: " + e.out());
        assertTrue(e.out().lines().allMatch(l -> l.startsWith("Iface")), "there is a route: " + e.out());
    }

    @Test
    void trainsAndPredictsWithoutNetwork() throws Exception {
        Ended trained = voluta("train", "--epochs", "1", "--max-steps", "3", "-b", "16", "--output", folder.toString());
        assertEquals(0, trained.code(), trained.out());
        assertTrue(Files.isRegularFile(folder.resolve("train/weights/last.safetensors")), trained.out());
        Ended measured = voluta("val", "--checkpoint", folder.resolve("train").toString(), "--json");
        assertEquals(0, measured.code(), measured.out());
        Ended doctor = voluta("doctor");
        assertEquals(0, doctor.code(), doctor.out());
    }

    private Ended voluta(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return run(folder, command);
    }

    private static Ended run(Path folder, List<String> command) throws Exception {
        List<String> all = new ArrayList<>(WITHOUT_NETWORK);
        all.addAll(command);
        Process p = new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(p.waitFor(60, TimeUnit.SECONDS), "does not end: " + out);
        return new Ended(p.exitValue(), out);
    }
}
