package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.checkpoint.Checkpoint;

/**
 * What a user meets who asks for the GPU of a machine where something is wrong with it: one sentence with a remedy, exit code
 * 4, and nothing half-written. Each case is a process of its own, since what is wrong is in its environment; that takes a
 * second for each.
 */
class CudaMisfortunesTest {
    private static final int DEVICE = 4;
    private static final String PREFIX = "VOLUTA_CUDA_SIMULATOR_";

    @TempDir
    private Path folder;

    private Path data;

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    @BeforeEach
    void data() throws IOException {
        data = TinyData.write(folder.resolve("data"));
    }

    private record Ended(int code, String out, String err) {
        /** The sentence of the program itself, without the simulated device's remarks. */
        String sentence() {
            List<String> said = err.lines().filter(l -> l.startsWith("voluta ")).toList();
            assertEquals(1, said.size(), err);
            return said.get(0);
        }
    }

    private Ended train(Map<String, String> environment, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "train",
                "--data-dir=" + data,
                "--val-split=test",
                "--model=" + TinyData.network(folder.resolve("net.yaml")),
                "--backend=cuda",
                "-b=8",
                "--output=" + folder.resolve("runs")));
        all.addAll(List.of(options));
        return run(environment, all);
    }

    private Ended run(Map<String, String> environment, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(arguments);
        Path out = folder.resolve("out"), err = folder.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it did not end: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static Arguments machine(String variable, String value, String... words) {
        return Arguments.of(Map.of(PREFIX + variable, value), List.of(), List.of(words));
    }

    static Stream<Arguments> machines() {
        return Stream.of(
                machine("DEVICES", "0", "no GPU that answers", "CUDA_ERROR_NO_DEVICE", "docker run --gpus all"),
                machine("FAULT", "cuInit:304", "CUDA_ERROR_OPERATING_SYSTEM", "kernel module", "modprobe nvidia"),
                machine("FAULT", "cuInit:802", "CUDA_ERROR_SYSTEM_NOT_READY", "nvidia-fabricmanager"),
                machine("FAULT", "cuInit:803", "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "restart the machine"),
                machine("FAULT", "cuInit:34", "CUDA_ERROR_STUB_LIBRARY", "out of LD_LIBRARY_PATH"),
                machine("FAULT", "cuInit:804", "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "VOLUTA_CUDA_PATH"),
                machine("DRIVER", "11.8", "the NVIDIA driver is made for CUDA 11.8, too old", "driver 525 or newer"),
                machine("CAPABILITY", "6.1", "(compute capability 6.1) is too old: 7.5 (Turing)", "another backend"),
                Arguments.of(
                        Map.of(PREFIX + "CAPABILITY", "6.1,7.0,8.6", PREFIX + "DEVICES", "3"),
                        List.of(),
                        List.of("(compute capability 6.1) is too old", "Set CUDA_VISIBLE_DEVICES=2 for the", "8.6")),
                machine("FAULT", "cuMemHostAlloc:2:2", "the host gives no 1.00 MiB of pinned memory", "locked memory"),
                machine("CUDNN_FOR", "12", "cuBLAS says that it is for CUDA 13, cuDNN that it is for CUDA 12"),
                machine(
                        "FAULT",
                        "cuDevicePrimaryCtxRetain:46",
                        "CUDA_ERROR_DEVICE_UNAVAILABLE",
                        "has this device to itself"),
                machine("TAKEN", "8180m", "8.00 GiB, 7.99 GiB of which other programs hold", "choose another device"),
                Arguments.of(
                        Map.of(),
                        List.of("--memory-limit=20m"),
                        List.of("a memory limit of 20.0 MiB leaves nothing", "32.0 MiB", "use a higher limit")),
                Arguments.of(
                        Map.of(PREFIX + "DEVICES", "2"),
                        List.of("--device=5"),
                        List.of("there is no device 5: backend cuda has devices 0 to 1", "CUDA_VISIBLE_DEVICES")),
                Arguments.of(
                        Map.of(PREFIX + "UNORDERED", "1"),
                        List.of("--deterministic"),
                        List.of(
                                "conv",
                                "net.yaml:",
                                "cuDNN has no deterministic algorithm for the gradient of the weights",
                                "leave --deterministic out")));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void isToldWithARemedyAndLeavesNothing(Map<String, String> environment, List<String> options, List<String> words)
            throws Exception {
        Ended ended = train(environment, options.toArray(String[]::new));
        assertEquals(DEVICE, ended.code, ended.err);
        for (String word : words)
            assertTrue(ended.sentence().contains(word), word + " expected in " + ended.sentence());
        assertFalse(ended.err.contains("\tat "), ended.err);
        assertFalse(ended.err.contains("was never freed"), ended.err);
        assertEquals("", ended.out);
        assertTrue(Files.notExists(folder.resolve("runs")), "nothing is written");
    }

    /** Libraries that are not there, or of another time: the folder of the simulated device with other contents. */
    @Test
    void librariesThatDoNotFitAreTold() throws Exception {
        Path machine = Files.createDirectories(folder.resolve("machine"));
        Path simulator = Path.of(System.getenv("VOLUTA_CUDA_SIMULATOR"));
        for (String name : List.of("libcuda.so.1", "libcublas.so.13", "libcublasLt.so.13"))
            Files.copy(simulator.resolve(name), machine.resolve(name));
        Map<String, String> environment = Map.of("VOLUTA_CUDA_SIMULATOR", machine.toString());
        String missing = train(environment).sentence();
        assertTrue(missing.contains("there is no libcudnn.so.9"), missing);
        assertTrue(missing.contains("cuDNN 9 built for the same version, or set VOLUTA_CUDA_PATH"), missing);
        Files.copy(simulator.resolve("libcudnn.so.9"), machine.resolve("libcudnn.so.8"));
        Ended old = train(environment);
        assertEquals(DEVICE, old.code, old.err);
        assertTrue(old.sentence().contains("libcudnn.so.8"), old.sentence());
        assertTrue(Files.notExists(folder.resolve("runs")), "nothing is written");
    }

    /** With its folder searched like any other, the simulated device is known by its name and left alone. */
    @Test
    void aSimulatedDeviceThatNobodyAskedForIsNotTaken() throws Exception {
        String simulator = System.getenv("VOLUTA_CUDA_SIMULATOR");
        Map<String, String> environment = Map.of("VOLUTA_CUDA_SIMULATOR", "", "VOLUTA_CUDA_PATH", simulator);
        Ended asked = train(environment);
        assertEquals(DEVICE, asked.code, asked.err);
        assertTrue(asked.sentence().contains("libcuda.so.1 is the simulated device"), asked.sentence());
        Ended auto = run(environment, List.of("doctor"));
        assertEquals(0, auto.code, auto.err);
        assertTrue(auto.out.contains("not cuda: " + simulator + "/libcuda.so.1 is the simulated device"), auto.out);
    }

    @Test
    void doctorTellsMemoryAndVersions() throws Exception {
        Ended ended = run(Map.of(PREFIX + "DEVICES", "2", PREFIX + "TAKEN", "1g"), List.of("doctor", "--backend=cuda"));
        assertEquals(0, ended.code, ended.err);
        for (String words : List.of(
                "device 0: Voluta simulated device (compute capability 9.0), 8.00 GiB, 132 multiprocessors",
                "device 1: Voluta simulated device",
                "cuBLAS is version 13.0.0, cuDNN 9.5.1",
                "there is no libnvrtc.so.13",
                "free memory of cuda: 6.9")) {
            assertTrue(ended.out.contains(words), words + " expected in " + ended.out);
        }
    }

    /** The device fails within a captured step: the run goes on from its checkpoint, and ends as if nothing had been. */
    @Test
    void aFaultLeavesARunThatGoesOn() throws Exception {
        String[] options = {"--max-steps=9", "--recovery-interval=3", "--experiment=hurt"};
        Map<String, String> fault = Map.of(PREFIX + "FAULT", "cross_entropy_f32:700:8");
        Ended ended = train(fault, options);
        assertEquals(DEVICE, ended.code, ended.err);
        Path last = folder.resolve("runs/hurt/weights/last.safetensors");
        for (String word : List.of(
                "CUDA_ERROR_ILLEGAL_ADDRESS",
                "start it again with VOLUTA_CUDA_MODE=checked",
                "what was done until then is in " + last + ", and --resume goes on with it")) {
            assertTrue(ended.sentence().contains(word), word + " expected in " + ended.sentence());
        }
        assertFalse(ended.err.contains("\tat "), ended.err);
        long saved = Checkpoint.load(last).run().step();
        assertTrue(saved >= 3 && saved < 8, saved + " steps are saved");

        Ended resumed = run(Map.of(), List.of("train", "--resume=" + folder.resolve("runs/hurt")));
        assertEquals(0, resumed.code, resumed.err);
        Ended whole = train(Map.of(), "--max-steps=9", "--recovery-interval=3", "--experiment=whole");
        assertEquals(0, whole.code, whole.err);
        assertEquals(weights("whole"), weights("hurt"));
    }

    @Test
    void checkedModeNamesTheLayer() throws Exception {
        Map<String, String> fault = Map.of(PREFIX + "FAULT", "cross_entropy_f32:700:2", "VOLUTA_CUDA_MODE", "checked");
        Ended ended = train(fault, "--max-steps=4");
        assertEquals(DEVICE, ended.code, ended.err);
        assertTrue(ended.sentence().contains("loss"), ended.sentence());
        assertTrue(ended.sentence().contains("this is the layer that causes it"), ended.sentence());
        assertTrue(ended.sentence().contains("no checkpoint had been written yet"), ended.sentence());
    }

    /** Machine code that the driver does not take is no misfortune: it compiles the PTX, which computes the same. */
    @Test
    void driversThatDoNotTakeTheMachineCodeCompileTheKernels() throws Exception {
        Ended usual = train(Map.of(), "--max-steps=3", "--experiment=usual");
        assertEquals(0, usual.code, usual.err);
        assertFalse(usual.err.contains("machine code"), usual.err);
        Ended forced = train(Map.of("CUDA_FORCE_PTX_JIT", "1"), "--max-steps=3", "--experiment=forced");
        assertEquals(0, forced.code, forced.err);
        assertEquals(1, count(forced.err, "the driver does not take the kernels' machine code"), forced.err);
        assertEquals(weights("usual"), weights("forced"));
        Ended newer = train(Map.of(PREFIX + "CAPABILITY", "11.0"), "--max-steps=3", "--experiment=newer");
        assertEquals(0, newer.code, newer.err);
        assertEquals(0, count(newer.err, "machine code"), "there is none, so nothing was refused: " + newer.err);
        assertEquals(weights("usual"), weights("newer"));
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    private Map<String, ByteBuffer> weights(String experiment) throws IOException {
        Map<String, ByteBuffer> bytes = new TreeMap<>();
        Checkpoint.load(folder.resolve("runs/" + experiment + "/weights/last.safetensors"))
                .weights()
                .forEach((name, t) -> bytes.put(name, t.bytes()));
        return bytes;
    }
}
