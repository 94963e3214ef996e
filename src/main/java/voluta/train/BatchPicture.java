package voluta.train;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import voluta.checkpoint.AtomicFile;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.data.Image;
import voluta.data.ImageFiles;
import voluta.data.ImageShape;
import voluta.data.LoaderOptions;

/** Draws images of the first batch side by side, cropped, changed and mixed: what the network is really given. */
final class BatchPicture {
    /** Images in a row, and rows. */
    private static final int MOST = 8;
    /** Small images are enlarged to about this side. */
    private static final int SIDE = 96;

    private static final int GAP = 2;
    private static final int BACKGROUND = 0xffffff;

    private BatchPicture() {}

    /** Makes the first batch once more, which is the same as the one that is trained on, and writes it as PNG. */
    static void write(Path file, Dataset data, LoaderOptions options) {
        ImageShape shape = data.imageShape();
        int batch = options.batchSize();
        List<BatchSlot> slots = new ArrayList<>();
        for (int s = 0; s < 2; s++) {
            slots.add(new BatchSlot(
                    s,
                    ByteBuffer.allocate(Math.multiplyExact(batch, data.sampleBytes())),
                    ByteBuffer.allocate(batch * Integer.BYTES),
                    ByteBuffer.allocate(batch * data.classNames().size() * Float.BYTES)));
        }
        BufferedImage picture;
        try (BatchLoader loader = new BatchLoader(data, slots, options)) {
            picture = draw(loader.take(), data);
        }
        AtomicFile.writeBytes(file, ImageFiles.encode(picture, "png"));
    }

    private static BufferedImage draw(BatchSlot slot, Dataset data) {
        ImageShape shape = data.imageShape();
        int shown = Math.min(slot.count(), MOST * MOST), across = Math.min(shown, MOST);
        int zoom = Math.max(1, SIDE / Math.max(shape.height(), shape.width()));
        int width = shape.width() * zoom + GAP, height = shape.height() * zoom + GAP;
        int down = (shown + across - 1) / across;
        BufferedImage picture =
                new BufferedImage(across * width - GAP, down * height - GAP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) picture.setRGB(x, y, BACKGROUND);
        }
        for (int i = 0; i < shown; i++) {
            int left = i % across * width, top = i / across * height;
            Image image = slot.image(data, i);
            for (int y = 0; y < height - GAP; y++) {
                for (int x = 0; x < width - GAP; x++) {
                    picture.setRGB(left + x, top + y, colour(image, y / zoom, x / zoom));
                }
            }
        }
        return picture;
    }

    private static int colour(Image image, int y, int x) {
        ImageShape shape = image.shape();
        byte[] pixels = image.pixels();
        int at = y * shape.rowBytes() + x * shape.channels();
        int first = pixels[at] & 0xff;
        if (shape.channels() != 3) return first << 16 | first << 8 | first;
        return first << 16 | (pixels[at + 1] & 0xff) << 8 | pixels[at + 2] & 0xff;
    }
}
