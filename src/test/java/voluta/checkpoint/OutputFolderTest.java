package voluta.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.tensor.VolutaException;

class OutputFolderTest {
    @TempDir
    private Path folder;

    @Test
    void makesWhatIsMissingAndLeavesWhatIsThere() throws IOException {
        Path deep = folder.resolve("a/b/c");
        OutputFolder.make(deep, VolutaException::new);
        Files.writeString(deep.resolve("kept"), "x");
        OutputFolder.make(deep, VolutaException::new);
        assertEquals("x", Files.readString(deep.resolve("kept")));
    }

    @Test
    void saysWhatIsInTheWay() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        VolutaException e = assertThrows(VolutaException.class, () -> OutputFolder.make(file, VolutaException::new));
        assertEquals(
                "the folder " + file + " cannot be made (" + file
                        + " is a file); choose another one, where you may write",
                e.getMessage());
        assertInstanceOf(IOException.class, e.getCause());
        Path below = file.resolve("below");
        e = assertThrows(VolutaException.class, () -> OutputFolder.make(below, VolutaException::new));
        assertTrue(e.getMessage().startsWith("the folder " + below + " cannot be made ("), e.getMessage());
    }
}
