package voluta.backend.cuda.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees that look like machines of all kinds. */
@DisabledOnOs(OS.WINDOWS)
class CudaLibrariesTest {
    private static final String SYSTEM = "usr/lib/x86_64-linux-gnu/";

    @TempDir
    private Path root;

    private void toolkit(int cuda, String minor) throws IOException {
        String folder = "usr/local/cuda-" + cuda + "." + minor + "/lib64/";
        for (String name : List.of("cublas", "cublasLt", "nvrtc")) {
            FakeMachine.library(root, folder + "lib" + name + ".so." + cuda + "." + minor + ".7");
            FakeMachine.link(
                    root, folder + "lib" + name + ".so." + cuda, "lib" + name + ".so." + cuda + "." + minor + ".7");
        }
        FakeMachine.library(root, folder + "libnvrtc-builtins.so." + cuda + "." + minor);
    }

    private CudaLibraries discover() {
        return CudaLibraries.discover(root, Map.of());
    }

    private static CudaSet chosen(CudaLibraries libraries, int newest) {
        return assertInstanceOf(CudaSet.Choice.Chosen.class, libraries.choose(OptionalInt.of(newest)))
                .set();
    }

    private static String incomplete(CudaLibraries libraries, int newest) {
        return assertInstanceOf(CudaSet.Choice.Incomplete.class, libraries.choose(OptionalInt.of(newest)))
                .reason();
    }

    private Path at(String path) {
        return root.resolve(path);
    }

    @Test
    void theSimulatedDeviceIsTheOnlyOneWhereItIsAskedFor() throws IOException {
        toolkit(12, "6");
        FakeMachine.library(root, SYSTEM + "libcuda.so.1");
        FakeMachine.library(root, "srv/simulator/libcuda.so.1");
        CudaLibraries libraries = CudaLibraries.discover(
                root, Map.of("VOLUTA_CUDA_SIMULATOR", "/srv/simulator", "LD_LIBRARY_PATH", "/srv"));
        assertEquals(
                List.of(new CudaLibraries.Place(at("srv/simulator"), "VOLUTA_CUDA_SIMULATOR")), libraries.looked());
        assertEquals(
                at("srv/simulator/libcuda.so.1"),
                libraries.driver().orElseThrow().file());
        assertEquals(1, libraries.found().size());
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void aSimulatedDeviceThatIsNotThereIsNoReasonToUseARealOne() throws IOException {
        FakeMachine.library(root, SYSTEM + "libcuda.so.1");
        CudaProbe.Result result = CudaProbe.run(root, Map.of("VOLUTA_CUDA_SIMULATOR", "1"));
        assertEquals(CudaProbe.State.NO_DRIVER, result.state());
        assertEquals("VOLUTA_CUDA_SIMULATOR=1 names no folder with the simulated device", result.text());
        assertTrue(result.remedy().contains("scripts/build-simulator.sh"), result.remedy());
    }

    @Test
    void anEmptyMachineHasNothingAndSaysSo() {
        CudaLibraries libraries = discover();
        assertEquals(List.of(), libraries.found());
        assertEquals(List.of(), libraries.refused());
        assertTrue(libraries.driver().isEmpty());
        String reason = incomplete(libraries, 13);
        assertTrue(reason.contains("no libcublas.so.12 or .13") && reason.contains("no libcudnn.so.9"), reason);
    }

    @Test
    void toolkitWithDebiansCudnn() throws IOException {
        FakeMachine.library(root, SYSTEM + "libcuda.so.560.35.03");
        FakeMachine.link(root, SYSTEM + "libcuda.so.1", "libcuda.so.560.35.03");
        FakeMachine.library(root, SYSTEM + "libcudnn.so.9.5.1");
        FakeMachine.link(root, SYSTEM + "libcudnn.so.9", "libcudnn.so.9.5.1");
        Files.createDirectories(at("usr/share/doc/libcudnn9-cuda-12"));
        toolkit(12, "6");

        CudaLibraries libraries = discover();
        assertEquals("560.35.03", libraries.driver().orElseThrow().version());
        CudaSet set = chosen(libraries, 12);
        assertEquals("CUDA 12: libcublas.so 12.6.7, libcudnn.so 9.5.1", set.describe());
        assertEquals(List.of(), set.notes());
        assertEquals(
                List.of(
                        CudaLibrary.NVRTC_BUILTINS,
                        CudaLibrary.NVRTC,
                        CudaLibrary.CUBLAS_LT,
                        CudaLibrary.CUBLAS,
                        CudaLibrary.CUDNN),
                List.copyOf(set.libraries().keySet()),
                "the order of loading");
        assertEquals(
                at(SYSTEM + "libcudnn.so.9"),
                set.libraries().get(CudaLibrary.CUDNN).file());
    }

    @Test
    void theNewestSetThatTheDriverRunsIsTaken() throws IOException {
        toolkit(12, "4");
        toolkit(12, "6");
        toolkit(13, "0");
        FakeMachine.library(root, "usr/local/cuda-12.6/lib64/libcudnn.so.9");
        FakeMachine.library(root, "usr/local/cuda-13.0/lib64/libcudnn.so.9");
        assertEquals(13, chosen(discover(), 13).cuda());
        assertEquals(
                at("usr/local/cuda-13.0/lib64/libcudnn.so.9"),
                chosen(discover(), 13).libraries().get(CudaLibrary.CUDNN).file());
        CudaSet older = chosen(discover(), 12);
        assertEquals(
                at("usr/local/cuda-12.6/lib64/libcublas.so.12"),
                older.libraries().get(CudaLibrary.CUBLAS).file());
        assertEquals(List.of("CUDA 13 is not taken: the driver runs programs up to CUDA 12"), older.notes());
    }

    @Test
    void aNewerVersionThatIsNotCompleteIsPassedOver() throws IOException {
        toolkit(12, "6");
        toolkit(13, "0");
        FakeMachine.library(root, SYSTEM + "libcudnn.so.9");
        Files.createDirectories(at("usr/share/doc/libcudnn9-cuda-12"));
        CudaSet set = chosen(discover(), 13);
        assertEquals(12, set.cuda());
        assertEquals(List.of("CUDA 13 is not taken: there is no libcudnn.so.9 for it"), set.notes());
    }

    @Test
    void cudnnOfUnknownOriginIsTakenOnlyWithANote() throws IOException {
        toolkit(12, "6");
        FakeMachine.library(root, SYSTEM + "libcudnn.so.9");
        CudaSet set = chosen(discover(), 12);
        assertEquals(
                List.of("nothing tells which CUDA version " + at(SYSTEM + "libcudnn.so.9") + " was built for"),
                set.notes());
    }

    @Test
    void wheelsOfCuda12() throws IOException {
        String packages = "opt/venv/lib/python3.12/site-packages/";
        FakeMachine.library(root, packages + "nvidia/cublas/lib/libcublas.so.12");
        FakeMachine.library(root, packages + "nvidia/cublas/lib/libcublasLt.so.12");
        FakeMachine.library(root, packages + "nvidia/cudnn/lib/libcudnn.so.9");
        FakeMachine.library(root, packages + "nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
        FakeMachine.library(root, packages + "nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.6");
        Files.createDirectories(at(packages + "nvidia_cublas_cu12-12.6.4.1.dist-info"));
        Files.createDirectories(at(packages + "nvidia_cudnn_cu12-9.5.1.17.dist-info"));
        CudaSet set = chosen(discover(), 13);
        assertEquals("CUDA 12: libcublas.so 12.6.4.1, libcudnn.so 9.5.1.17", set.describe());
        assertEquals(List.of(), set.notes());
        assertEquals(5, set.libraries().size());
    }

    @Test
    void wheelsOfCuda13LieInOneFolder() throws IOException {
        String packages = "home/ada/env/lib/python3.11/site-packages/";
        for (String name : List.of("libcublas.so.13", "libcublasLt.so.13", "libnvrtc.so.13"))
            FakeMachine.library(root, packages + "nvidia/cu13/lib/" + name);
        FakeMachine.library(root, packages + "nvidia/cudnn/lib/libcudnn.so.9");
        Files.createDirectories(at(packages + "nvidia_cudnn_cu13-9.13.0.50.dist-info"));
        CudaLibraries libraries = CudaLibraries.discover(root, Map.of("VIRTUAL_ENV", "/home/ada/env"));
        assertEquals(
                "CUDA 13: libcublas.so 13, libcudnn.so 9.13.0.50",
                chosen(libraries, 13).describe());
        assertTrue(incomplete(libraries, 12).contains("up to CUDA 12"));
        assertEquals(List.of(), discover().found(), "without the variable nobody knows the folder");
        for (String folder : List.of("", "nvidia")) {
            libraries = CudaLibraries.discover(root, Map.of("VOLUTA_CUDA_PATH", "/" + packages + folder));
            assertEquals(
                    "CUDA 13: libcublas.so 13, libcudnn.so 9.13.0.50",
                    chosen(libraries, 13).describe(),
                    folder);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/srv/ada/env/bin", "/srv/bin", "relative:/usr/bin:/srv/bin"})
    void wheelsOfThePythonOnThePath(String path) throws IOException {
        String environment = "srv/ada/env/", packages = environment + "lib/python3.12/site-packages/";
        for (String name : List.of("libcublas.so.13", "libcublasLt.so.13"))
            FakeMachine.library(root, packages + "nvidia/cu13/lib/" + name);
        FakeMachine.library(root, packages + "nvidia/cudnn/lib/libcudnn.so.9");
        Files.createDirectories(at(packages + "nvidia_cudnn_cu13-9.13.0.50.dist-info"));
        FakeMachine.file(root, "usr/bin/python3.99", new byte[1]);
        FakeMachine.link(root, "usr/bin/python3", "python3.99");
        FakeMachine.link(root, environment + "bin/python3", "/usr/bin/python3.99");
        FakeMachine.link(root, "srv/bin/python3", "../ada/env/bin/python3");
        assertEquals(
                "CUDA 13: libcublas.so 13, libcudnn.so 9.13.0.50",
                chosen(CudaLibraries.discover(root, Map.of("PATH", path)), 13).describe());
    }

    @Test
    void pythonLinksThatGoInACircleAreFollowedForAWhile() throws IOException {
        FakeMachine.link(root, "srv/bin/python3", "python3");
        assertEquals(
                List.of(),
                CudaLibraries.discover(root, Map.of("PATH", "srv:/:/srv/bin")).found());
    }

    @Test
    void virtualEnvironmentsBelowOptAreFoundWithoutAVariable() throws IOException {
        String packages = "opt/torch/.venv/lib/python3.12/site-packages/nvidia/cu13/lib/";
        FakeMachine.library(root, packages + "libcublas.so.13");
        assertEquals(at(packages + "libcublas.so.13"), discover().found().get(0).file());
    }

    @Test
    void theDriverIsFoundWhereTheSystemsLoaderLooks() throws IOException {
        FakeMachine.library(root, "srv/driver/libcuda.so.1");
        FakeMachine.file(root, "etc/ld.so.conf", "include ld.so.conf.d/*.conf\n".getBytes(StandardCharsets.US_ASCII));
        assertTrue(discover().driver().isEmpty());
        FakeMachine.file(
                root, "etc/ld.so.conf.d/gpu.conf", "# ours\n/srv/driver \n".getBytes(StandardCharsets.US_ASCII));
        assertEquals(
                at("srv/driver/libcuda.so.1"), discover().driver().orElseThrow().file());
    }

    @Test
    void ownVariableGoesBeforeAllOthers() throws IOException {
        toolkit(13, "0");
        FakeMachine.library(root, "usr/local/cuda-13.0/lib64/libcudnn.so.9");
        for (String name : List.of("libcublas.so.12", "libcublasLt.so.12", "libcudnn.so.9", "libcuda.so.1"))
            FakeMachine.library(root, "srv/libraries/" + name);
        FakeMachine.library(root, SYSTEM + "libcuda.so.1");
        CudaLibraries libraries = CudaLibraries.discover(root, Map.of("VOLUTA_CUDA_PATH", "/srv/libraries"));
        CudaSet set = chosen(libraries, 13);
        assertEquals(12, set.cuda());
        assertTrue(set.notes().contains("CUDA 13 is not taken: VOLUTA_CUDA_PATH holds CUDA 12"), set.notes()::toString);
        assertEquals(
                at("srv/libraries/libcuda.so.1"),
                libraries.driver().orElseThrow().file());
        assertEquals("VOLUTA_CUDA_PATH", libraries.looked().get(0).source());
    }

    @Test
    void searchPathOfTheLoaderGoesBeforeToolkits() throws IOException {
        toolkit(12, "6");
        for (String name : List.of("libcublas.so.12", "libcublasLt.so.12", "libcudnn.so.9"))
            FakeMachine.library(root, "opt/mine/" + name);
        CudaLibraries libraries =
                CudaLibraries.discover(root, Map.of("LD_LIBRARY_PATH", "relative/folder::/opt/mine:/not/there"));
        assertEquals(
                at("opt/mine/libcublas.so.12"),
                chosen(libraries, 12).libraries().get(CudaLibrary.CUBLAS).file());
        assertEquals(
                List.of(
                        "relative/folder: LD_LIBRARY_PATH names it by a relative path",
                        at("not/there") + ": LD_LIBRARY_PATH names it, but there is no such folder"),
                libraries.refused().stream().map(Object::toString).toList());
    }

    @Test
    void filesThatCannotBeTheLibraryAreRefusedWithAReason() throws IOException {
        FakeMachine.file(root, SYSTEM + "libcuda.so.1", "a text".getBytes());
        FakeMachine.link(root, SYSTEM + "libcublas.so.12", "gone");
        FakeMachine.library(root, SYSTEM + "libcublas.so.11");
        FakeMachine.library(root, SYSTEM + "libcudnn.so.8");
        byte[] arm = Files.readAllBytes(FakeMachine.library(root, SYSTEM + "libcublasLt.so.12"));
        arm[18] = (byte) 183;
        FakeMachine.file(root, SYSTEM + "libcublasLt.so.12", arm);
        arm[4] = 1;
        FakeMachine.file(root, SYSTEM + "libnvrtc.so.12", arm);
        Files.createDirectories(at(SYSTEM + "libcudnn.so.9"));
        CudaLibraries libraries = discover();
        assertEquals(List.of(), libraries.found());
        Map<String, String> expected = Map.of(
                "libcuda.so.1", "no shared library",
                "libcublas.so.12", "a link to a file that is not there",
                "libcublas.so.11", "version 11 cannot be used, only 12 or 13",
                "libcudnn.so.8", "version 8 cannot be used, only 9",
                "libcublasLt.so.12", "made for another kind of processor",
                "libnvrtc.so.12", "a 32-bit library",
                "libcudnn.so.9", "no regular file");
        assertEquals(expected.size(), libraries.refused().size(), libraries.refused()::toString);
        for (CudaLibraries.Refused r : libraries.refused())
            assertEquals(expected.get(r.path().getFileName().toString()), r.why());
        assertTrue(incomplete(libraries, 13).contains("libcudnn.so.8: version 8"), "the reason tells of them");
    }

    @Test
    void cublasWithoutItsOtherHalfIsNotTaken() throws IOException {
        FakeMachine.library(root, "usr/local/cuda-12.6/lib64/libcublas.so.12");
        FakeMachine.library(root, "usr/local/cuda-12.6/lib64/libcudnn.so.9");
        assertTrue(incomplete(discover(), 12).contains("libcublasLt.so.12 is not beside it"));
    }

    @Test
    void oneFolderUnderTwoNamesIsLookedAtOnce() throws IOException {
        toolkit(12, "6");
        FakeMachine.link(root, "usr/local/cuda", "cuda-12.6");
        FakeMachine.link(root, "lib", "usr/lib");
        FakeMachine.library(root, SYSTEM + "libcudnn.so.9");
        CudaLibraries libraries = discover();
        assertEquals(1, libraries.all(CudaLibrary.CUBLAS).size());
        assertEquals(1, libraries.all(CudaLibrary.CUDNN).size());
    }

    @Test
    void textAndJsonTellTheSame() throws IOException {
        toolkit(12, "6");
        FakeMachine.library(root, "usr/local/cuda-12.6/lib64/libcudnn.so.8");
        CudaLibraries libraries = discover();
        String text = String.join("\n", libraries.lines());
        assertTrue(text.contains("looked in " + at("usr/local/cuda-12.6/lib64") + " (CUDA toolkit)"), text);
        assertTrue(text.contains("found libcublas.so 12.6.7 ("), text);
        assertTrue(text.contains("libcudnn.so.8: version 8 cannot be used, only 9"), text);
        var json = new ObjectMapper().readTree(new ObjectMapper().writeValueAsString(libraries.facts()));
        assertEquals(libraries.found().size(), json.get("found").size());
        assertEquals(12, json.get("found").get(0).get("cuda").asInt());
        assertEquals(
                "version 8 cannot be used, only 9",
                json.get("refused").get(0).get("why").asText());
        assertEquals(
                at("usr/local/cuda-12.6/lib64").toString(),
                json.get("looked").get(0).get("folder").asText());
    }
}
