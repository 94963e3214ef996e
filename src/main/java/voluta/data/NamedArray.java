package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One signal or volume to say something about.
 *
 * @param name what to call it: a file, or a row of one
 * @param dims as it is stored; {@code [L]} and {@code [D,H,W]} have one channel
 * @param numbers in C's order, not copied
 */
public record NamedArray(String name, List<Integer> dims, float[] numbers) {
    public NamedArray {
        dims = List.copyOf(dims);
    }

    /** Whether a file's name is that of arrays. */
    public static boolean isArrayFile(String name) {
        return ArraySearch.isArray(name) || name.toLowerCase(Locale.ROOT).endsWith(".csv");
    }

    /**
     * What a file holds: one array of NumPy's format, in an archive too, or a signal in each row of a CSV file.
     *
     * @throws DataException if it cannot be used
     */
    public static List<NamedArray> read(Path file) {
        String name = String.valueOf(file.getFileName());
        if (ArraySearch.isArray(name)) {
            NpyReader.Array array = NpyReader.read(file, new FileBytes());
            return List.of(new NamedArray(file.toString(), array.dims(), array.values()));
        }
        if (!isArrayFile(name)) {
            throw new DataException(
                    file + " is not an array; give .npy or .npz files, or a CSV file with a signal in each row");
        }
        SignalTable table = SignalTable.read(file);
        List<NamedArray> arrays = new ArrayList<>();
        for (int i = 0; i < table.rows().size(); i++) {
            arrays.add(new NamedArray(
                    table.name(i), List.of(table.length()), table.rows().get(i)));
        }
        return arrays;
    }

    /**
     * Writes the numbers, f32 in native byte order, and moves the buffer's position behind them.
     *
     * @throws DataException if the array has another shape
     */
    public void copyTo(ByteBuffer into, ArrayShape shape) {
        if (!ArrayShape.ofStored(dims).equals(shape)) {
            throw new DataException(name + " has the shape " + dims + ", the network takes " + shape
                    + "; give arrays like those of the training");
        }
        into.slice().order(ByteOrder.nativeOrder()).asFloatBuffer().put(numbers);
        into.position(into.position() + shape.bytes());
    }
}
