package voluta.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A data set and a network so small that a training takes no time: 8x8 images, bright above or below. */
final class TinyData {
    static final int TRAINING = 40;
    static final int TEST = 20;

    private TinyData() {}

    /** Writes both splits as IDX files. */
    static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        split(folder, "train", TRAINING);
        split(folder, "t10k", TEST);
        return folder;
    }

    private static void split(Path folder, String name, int images) throws IOException {
        ByteBuffer pixels = ByteBuffer.allocate(16 + images * 64);
        pixels.putInt(0x803).putInt(images).putInt(8).putInt(8);
        ByteBuffer labels = ByteBuffer.allocate(8 + images).putInt(0x801).putInt(images);
        for (int n = 0; n < images; n++) {
            labels.put((byte) (n % 2));
            for (int i = 0; i < 64; i++) pixels.put((byte) (i / 32 == n % 2 ? 200 + n % 7 : (n * i) % 60));
        }
        Files.write(folder.resolve(name + "-images-idx3-ubyte"), pixels.array());
        Files.write(folder.resolve(name + "-labels-idx1-ubyte"), labels.array());
    }

    /** Writes a description of a network for these images. */
    static Path network(Path file) throws IOException {
        return Files.write(
                file,
                List.of(
                        "name: tiny",
                        "input: [1, 8, 8]",
                        "classes: 10",
                        "layers:",
                        "  - conv: {filters: 4, kernel: 3}",
                        "  - relu",
                        "  - flatten",
                        "  - linear: classes"));
    }
}
