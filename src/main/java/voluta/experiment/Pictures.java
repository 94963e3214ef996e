package voluta.experiment;

import java.nio.ByteBuffer;
import java.util.List;
import voluta.data.Dataset;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;
import voluta.tensor.Philox;

/** Data sets that experiments make, of others or out of nothing. */
final class Pictures {
    /** What {@link #pairs} tells apart: where the bright point lies, seen from the dim one. */
    static final List<String> DIRECTIONS = List.of("right", "left", "below", "above");

    private static final int[][] STEPS = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    private static final byte BRIGHT = (byte) 255, DIM = 100;

    private Pictures() {}

    /** The first images of a data set; all, where there are no more. */
    static Dataset first(Dataset all, int images) {
        int n = Math.min(images, all.size());
        byte[] pixels = new byte[n * all.imageShape().bytes()], labels = new byte[n];
        ByteBuffer to = ByteBuffer.wrap(pixels);
        for (int i = 0; i < n; i++) {
            all.read(i, to);
            labels[i] = (byte) all.label(i);
        }
        return new MemoryDataset(all.name() + ", the first " + n, all.classNames(), all.imageShape(), pixels, labels);
    }

    /** Every image moved by whole pixels; where nothing comes from, black. */
    static Dataset shifted(Dataset all, int right, int down) {
        ImageShape s = all.imageShape();
        byte[] pixels = new byte[all.size() * s.bytes()], labels = new byte[all.size()];
        for (int i = 0; i < all.size(); i++) {
            Image image = Image.of(all, i);
            labels[i] = (byte) all.label(i);
            for (int y = Math.max(0, down); y < Math.min(s.height(), s.height() + down); y++) {
                int from = Math.max(0, -right), to = Math.max(0, right);
                System.arraycopy(
                        image.pixels(),
                        (y - down) * s.rowBytes() + from * s.channels(),
                        pixels,
                        i * s.bytes() + y * s.rowBytes() + to * s.channels(),
                        s.rowBytes() - Math.abs(right) * s.channels());
            }
        }
        return new MemoryDataset(all.name() + " moved by " + right + "," + down, all.classNames(), s, pixels, labels);
    }

    /**
     * Black squares that are closed to a torus, with a dim and a bright point {@code distance} pixels apart, side by side
     * or one above the other. The class is the direction from the dim to the bright one. Where the pair lies says nothing
     * about it, so it can only be told by who sees both at once.
     *
     * @param side of the squares, more than twice the distance
     */
    static Dataset pairs(String name, int images, int side, int distance, long seed) {
        byte[] pixels = new byte[images * side * side], labels = new byte[images];
        long key = Philox.key(seed, "pairs/" + name);
        int[] random = new int[4];
        for (int i = 0; i < images; i++) {
            Philox.block(key, i, distance, random);
            int direction = Philox.below(random[0], STEPS.length);
            int x = Philox.below(random[1], side), y = Philox.below(random[2], side);
            int u = Math.floorMod(x + distance * STEPS[direction][0], side);
            int v = Math.floorMod(y + distance * STEPS[direction][1], side);
            pixels[i * side * side + y * side + x] = DIM;
            pixels[i * side * side + v * side + u] = BRIGHT;
            labels[i] = (byte) direction;
        }
        return new MemoryDataset(name, DIRECTIONS, new ImageShape(1, side, side), pixels, labels);
    }
}
