package voluta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A system without fonts costs a run some pictures, and never the run. */
class ReportFilesTest {
    static Stream<Throwable> errorsOfSystemsWithoutFonts() {
        return Stream.of(
                new Error("Probable fatal error: No physical fonts found."),
                new InternalError("Fontconfig head is null, check your fonts or fonts configuration"),
                new UnsatisfiedLinkError("libfreetype.so.6: cannot open shared object file"),
                new NullPointerException("null"));
    }

    @ParameterizedTest
    @MethodSource("errorsOfSystemsWithoutFonts")
    void everyErrorOfASystemWithoutFontsIsAReason(Throwable error) {
        Optional<String> reason = ReportFiles.noText(() -> {
            if (error instanceof Error e) throw e;
            throw (RuntimeException) error;
        });
        assertEquals(Optional.of(error.getMessage()), reason);
    }

    @Test
    void withLettersThereIsNoReason() {
        assertEquals(Optional.empty(), ReportFiles.noText(() -> {}));
        assertThrows(
                OutOfMemoryError.class,
                () -> ReportFiles.noText(() -> {
                    throw new OutOfMemoryError("the heap");
                }));
    }
}
