package voluta.backend.cuda.binding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that look like libraries from outside. */
final class FakeMachine {
    private FakeMachine() {}

    static Path library(Path root, String file) throws IOException {
        byte[] head = new byte[64];
        head[0] = 0x7f;
        head[1] = 'E';
        head[2] = 'L';
        head[3] = 'F';
        head[4] = 2;
        head[5] = 1;
        head[16] = 3;
        head[18] = 62;
        return file(root, file, head);
    }

    static Path file(Path root, String file, byte[] content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.write(path, content);
    }

    static void link(Path root, String link, String target) throws IOException {
        Path path = root.resolve(link);
        Files.createDirectories(path.getParent());
        Files.createSymbolicLink(path, Path.of(target));
    }
}
