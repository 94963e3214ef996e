package voluta.backend.cuda.binding;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.DeviceException;

/** None of these may touch JCuda: there may be no driver. */
class CudaCheckTest {
    private static final CudaCheck.Call CALL =
            new CudaCheck.Call("cudnnConvolutionForward", "layer3/conv2", "net.yaml:41", "x 8x64x56x56");

    @Test
    void successNeedsNoLibrary() {
        assertDoesNotThrow(() -> {
            CudaCheck.driver(0, CALL);
            CudaCheck.driver(0, "cuInit");
            CudaCheck.cudnn(0, CALL);
            CudaCheck.cublas(0, CALL);
        });
    }

    @Test
    void failureTellsCallCodeNamePlaceAndSizes() {
        DeviceException e = CudaCheck.failure(CALL, 2000, code -> "CUDNN_STATUS_BAD_PARAM", "do this");
        assertEquals(Optional.of("layer3/conv2"), e.path());
        assertEquals(Optional.of("net.yaml:41"), e.source());
        assertEquals(
                "layer3/conv2 (net.yaml:41): cudnnConvolutionForward failed with error 2000 (CUDNN_STATUS_BAD_PARAM)"
                        + " on x 8x64x56x56; do this",
                e.getMessage());
    }

    @Test
    void aLibraryThatCannotNameItsErrorDoesNotHideTheCode() {
        DeviceException e = CudaCheck.failure(
                CudaCheck.Call.of("cuInit"),
                999,
                code -> {
                    throw new UnsatisfiedLinkError("cuGetErrorName");
                },
                "do this");
        assertEquals("cuInit failed with error 999; do this", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "2,smaller batch",
        "100,CUDA_VISIBLE_DEVICES",
        "700,start it again",
        "719,start it again",
        "803,restart the machine",
        "1,voluta doctor"
    })
    void remediesFitTheError(int code, String part) {
        assertTrue(CudaCheck.driverRemedy(code).contains(part), CudaCheck.driverRemedy(code));
    }

    @Test
    void namesAndTextsAreJoinedOnce() {
        assertEquals("NAME, text", CudaCheck.joined("NAME", "text"));
        assertEquals("NAME", CudaCheck.joined("NAME", "NAME"));
        assertEquals("NAME", CudaCheck.joined("NAME", null));
        assertEquals("text", CudaCheck.joined(null, "text"));
        assertEquals("", CudaCheck.joined(null, null));
    }
}
