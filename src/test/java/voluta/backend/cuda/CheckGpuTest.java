package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code scripts/check-gpu.sh} with a program in Voluta's place: what it writes down whatever goes wrong. Takes some seconds,
 * since what hangs is ended only when nothing else could take as long on a busy machine.
 */
@EnabledOnOs(OS.LINUX)
class CheckGpuTest {
    /** Hangs in bf16's selftest, fails in parity; all that it trains has the same weights but for checked runs. */
    private static final String PROGRAM = """
            #!/usr/bin/env bash
            case "$*" in
              doctor*) echo 'a device' ;;
              selftest*bf16*) sleep 60 ;;
              selftest*) echo '3 cases'; seq 1000 ;;
              parity*) echo 'too far off' >&2; exit 1 ;;
              bench*) echo "{\\"interfaces\\": \\"$VOLUTA_CUDA_CONVOLUTIONS\\", \\"images_per_s\\": 12.5}" ;;
              train*)
                while [ "$1" != --output ] && [ $# -gt 1 ]; do shift; done
                [ $# -gt 1 ] || exit 0
                mkdir -p "$2/run/weights"
                printf '\\002\\0\\0\\0\\0\\0\\0\\0{}%s' "${VOLUTA_CUDA_MODE/%eager/captured}" >"$2/run/weights/last.safetensors"
                echo trained
                ;;
            esac
            """;

    @TempDir
    private Path folder;

    private record Outcome(int code, List<String> summary, String output) {
        String line(String check) {
            List<String> lines =
                    summary.stream().filter(l -> l.startsWith(check + " ")).toList();
            assertEquals(1, lines.size(), check + " in " + output);
            return lines.get(0);
        }

        void is(String check, String verdict) {
            assertTrue(line(check).startsWith(verdict, 35), line(check));
        }
    }

    private Outcome run(Map<String, String> environment) throws IOException, InterruptedException {
        Path program = folder.resolve("program"), out = folder.resolve("out"), printed = folder.resolve("printed");
        Files.writeString(program, PROGRAM);
        assertTrue(program.toFile().setExecutable(true));
        ProcessBuilder b = new ProcessBuilder("scripts/check-gpu.sh", out.toString())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        b.environment()
                .putAll(Map.of("VOLUTA", program.toString(), "MODELS", "lenet5:64", "KINDS", "bf16", "STEPS", "4"));
        b.environment().put("TMPDIR", folder.toString());
        b.environment().putAll(environment);
        int code = b.start().waitFor();
        String output = Files.readString(printed);
        return new Outcome(code, code == 2 ? List.of() : Files.readAllLines(out.resolve("summary.txt")), output);
    }

    @Test
    void whatHangsOrFailsStopsNothing() throws Exception {
        Path peer = Files.writeString(folder.resolve("peer.py"), "import sys; print(' '.join(sys.argv[1:]))");
        Outcome o = run(Map.of("LIMIT", "6", "PEER", peer.toString(), "PATH", System.getenv("PATH")));
        assertEquals(1, o.code(), o.output());
        o.is("doctor", "passed");
        o.is("same-f32-eager", "passed");
        o.is("selftest-bf16", "timed out");
        o.is("selftest-f16", "passed");
        o.is("parity-lenet5", "failed 1");
        assertTrue(o.line("parity-lenet5").endsWith("too far off"));
        assertTrue(o.line("bench-lenet5-b64-bf16").contains("\"interfaces\": \"all\""));
        assertTrue(o.line("bench-lenet5-b64-bf16-classic").contains("\"classic\""));
        assertTrue(o.summary().contains(" ".repeat(35) + "\"images_per_s\": 12.5"), o.output());
        assertTrue(o.line("peer-lenet5-b64-bf16-graph")
                .contains("train lenet5 64 --dtype bf16 --mode graph --seconds 0.5"));
        o.is("same-f32-checked", "failed 1");
        try (Stream<Path> left = Files.list(folder.resolve("out"))) {
            assertEquals(2, left.count(), "summary.txt and log.txt");
        }
        String log = Files.readString(folder.resolve("out/log.txt"));
        assertTrue(log.contains("too far off") && log.contains("\n[...]\n801\n"), log);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(
                    List.of(), left.filter(f -> f.toString().contains("tmp.")).toList(), "the runs are deleted");
        }
    }

    @Test
    void whatTimeDoesNotAllowIsLeftOut() throws Exception {
        Outcome o = run(Map.of("TIME", "9", "PARTS", "selftest doctor"));
        assertEquals(1, o.code(), o.output());
        o.is("selftest-f32", "passed");
        o.is("selftest-bf16", "timed out");
        o.is("doctor", "left out");
    }

    @Test
    void mistakesAreTold() throws Exception {
        for (String[] wrong : new String[][] {
            {"PARTS", "doctors"},
            {"KINDS", "f64"},
            {"MODELS", "lenet5"},
            {"LIMIT", "1m"},
            {"VOLUTA", "none"},
            {"PEER", "none"}
        }) {
            Outcome o = run(Map.of(wrong[0], wrong[1]));
            assertEquals(2, o.code(), o.output());
            assertTrue(o.output().startsWith("check-gpu.sh: ") && o.output().contains(wrong[1]), o.output());
        }
    }
}
