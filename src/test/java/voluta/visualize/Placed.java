package voluta.visualize;

import java.nio.ByteBuffer;
import java.util.List;
import voluta.data.Dataset;
import voluta.data.ImageShape;
import voluta.tensor.Philox;

/**
 * Pictures somewhere in a black frame of twice their height and width, so that there is something to find: where each lies is a
 * pure function of its number and of the data set's name.
 */
final class Placed implements Dataset {
    private final Dataset pictures;
    private final ImageShape one;

    /** @param pictures stay the caller's */
    Placed(Dataset pictures) {
        this.pictures = pictures;
        this.one = pictures.imageShape();
    }

    @Override
    public String name() {
        return pictures.name() + ", placed";
    }

    @Override
    public int size() {
        return pictures.size();
    }

    @Override
    public List<String> classNames() {
        return pictures.classNames();
    }

    @Override
    public ImageShape imageShape() {
        return new ImageShape(one.channels(), 2 * one.height(), 2 * one.width());
    }

    /** How far a picture lies from the top and from the left. */
    int[] place(int index) {
        int[] bits = new int[4];
        Philox.block(Philox.key(0, name()), 0, index, bits);
        return new int[] {Philox.below(bits[0], one.height() + 1), Philox.below(bits[1], one.width() + 1)};
    }

    @Override
    public void read(int index, ByteBuffer image) {
        ByteBuffer picture = ByteBuffer.allocate(one.bytes());
        pictures.read(index, picture);
        byte[] all = new byte[imageShape().bytes()];
        int[] place = place(index);
        int row = one.width() * one.channels();
        for (int y = 0; y < one.height(); y++) {
            int to = (place[0] + y) * 2 * row + place[1] * one.channels();
            System.arraycopy(picture.array(), y * row, all, to, row);
        }
        image.put(all);
    }

    @Override
    public int label(int index) {
        return pictures.label(index);
    }
}
