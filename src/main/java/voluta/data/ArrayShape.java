package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The size of every sample of a data set of arrays: {@code [C,L]} for signals, {@code [C,D,H,W]} for volumes, as f32 in
 * native byte order.
 *
 * @param dims 2 or 4 of them, each at least 1
 */
public record ArrayShape(List<Integer> dims) {
    /** Larger arrays than this are refused, whatever a header claims. */
    static final long MOST_NUMBERS = 1L << 28;

    public ArrayShape {
        dims = List.copyOf(dims);
        long numbers = 1;
        for (int d : dims) {
            if (d < 1) throw new DataException("an array of " + dims + " holds nothing; its dimensions are at least 1");
            numbers = Math.multiplyExact(numbers, d);
            if (numbers > MOST_NUMBERS) {
                throw new DataException(
                        "an array of " + dims + " holds more than " + MOST_NUMBERS + " numbers; cut it into parts");
            }
        }
        if (dims.size() != 2 && dims.size() != 4) {
            throw new DataException("an array of " + dims + " is neither a signal [C,L] nor a volume [C,D,H,W]");
        }
    }

    /**
     * The shape of a sample that is stored with these dimensions: {@code [L]} and {@code [D,H,W]} have one channel.
     *
     * @throws DataException if they are no signal and no volume
     */
    static ArrayShape ofStored(List<Integer> stored) {
        if (stored.size() != 1 && stored.size() != 3) return new ArrayShape(stored);
        List<Integer> dims = new ArrayList<>(List.of(1));
        dims.addAll(stored);
        return new ArrayShape(dims);
    }

    public int channels() {
        return dims.get(0);
    }

    /** How many numbers there are. */
    public int numbers() {
        return dims.stream().reduce(1, (a, b) -> a * b);
    }

    /** Bytes of one sample. */
    public int bytes() {
        return Math.multiplyExact(numbers(), Float.BYTES);
    }

    /** The numbers of a sample that lies in a buffer from here on. */
    float[] numbers(ByteBuffer from, int offset) {
        float[] numbers = new float[numbers()];
        ByteBuffer view = from.duplicate();
        view.position(offset).limit(offset + bytes());
        view.slice().order(ByteOrder.nativeOrder()).asFloatBuffer().get(numbers);
        return numbers;
    }

    /** For instance {@code [1, 128]}. */
    @Override
    public String toString() {
        return dims.toString();
    }
}
