package voluta.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads NumPy's format for one array (versions 1.0 to 3.0): a magic word, a Python dictionary of type, order and shape as
 * text, then the elements. Floats of 32 and 64 bits and integers of 8, 16 and 32 bits in either byte order, in C's and in
 * Fortran's order of dimensions.
 *
 * <p>Strict: the file has exactly the length that its header claims, and every number is finite. Nothing that a header
 * says is run or allocated before.
 */
final class NpyReader {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern HEADER = Pattern.compile("\\{\\s*'descr'\\s*:\\s*'([<>|=])([a-zA-Z])([0-9]{1,2})'\\s*,"
            + "\\s*'fortran_order'\\s*:\\s*(True|False)\\s*,"
            + "\\s*'shape'\\s*:\\s*\\(([0-9, ]*)\\)\\s*,?\\s*\\}\\s*");
    private static final int MOST_DIMENSIONS = 8;

    private final String name;
    private final ByteBuffer content;
    private String kind;
    private boolean fortran;
    private List<Integer> dims;

    /**
     * An array.
     *
     * @param values in C's order
     */
    record Array(List<Integer> dims, float[] values) {}

    private NpyReader(String name, ByteBuffer content) {
        this.name = name;
        this.content = content;
    }

    /**
     * An array, also as the only one in an archive.
     *
     * @throws PictureException naming the file and what is wrong with it
     */
    static Array read(Path file, FileBytes buffer) {
        if (ArraySearch.isArchive(file.toString())) return NpzReader.read(file);
        try {
            buffer.read(file);
        } catch (IOException e) {
            throw new PictureException(
                    file.toString(),
                    "cannot be read (" + e.getMessage() + "); check that it exists and may be read",
                    e);
        }
        return read(file.toString(), ByteBuffer.wrap(buffer.bytes(), 0, buffer.length()));
    }

    static Array read(String name, ByteBuffer content) {
        NpyReader reader = new NpyReader(name, content);
        reader.header();
        return reader.elements();
    }

    private PictureException wrong(String what) {
        return new PictureException(name, what);
    }

    private void header() {
        byte[] magic = new byte[MAGIC.length];
        if (content.remaining() < 10) throw wrong("ends within its header; it is cut short or not a NumPy file");
        content.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw wrong("is not a NumPy file: it does not begin with \\x93NUMPY; save it with numpy.save");
        }
        int major = content.get() & 0xff;
        content.get();
        if (major < 1 || major > 3) throw wrong("has version " + major + " of NumPy's format, known are 1 to 3");
        content.order(ByteOrder.LITTLE_ENDIAN);
        if (major > 1 && content.remaining() < 4) throw wrong("ends within its header; it is cut short");
        long length = major == 1 ? content.getShort() & 0xffff : content.getInt() & 0xffffffffL;
        if (length > content.remaining()) throw wrong("claims a header of " + length + " bytes and is shorter");
        byte[] text = new byte[(int) length];
        content.get(text);
        Matcher m = HEADER.matcher(new String(text, StandardCharsets.UTF_8));
        if (!m.matches()) throw noPlainArray();
        kind = m.group(2) + m.group(3);
        if (m.group(1).equals(">")) content.order(ByteOrder.BIG_ENDIAN);
        else if (m.group(1).equals("=")) content.order(ByteOrder.nativeOrder());
        fortran = m.group(4).equals("True");
        dims = dims(m.group(5));
    }

    private PictureException noPlainArray() {
        return wrong("has a header that is not one type, order and shape, such as {'descr': '<f4', 'fortran_order':"
                + " False, 'shape': (1, 128)}; save a plain array with numpy.save");
    }

    private List<Integer> dims(String text) {
        List<Integer> sizes = new ArrayList<>();
        long numbers = 1;
        for (String part : text.split(",")) {
            if (part.isBlank()) continue;
            if (!part.strip().matches("[0-9]+")) throw noPlainArray();
            long size = part.strip().length() > 9 ? Integer.MAX_VALUE : Long.parseLong(part.strip());
            numbers = Math.min(ArrayShape.MOST_NUMBERS + 1, numbers * Math.min(size, ArrayShape.MOST_NUMBERS + 1));
            sizes.add((int) size);
        }
        if (numbers > ArrayShape.MOST_NUMBERS || sizes.size() > MOST_DIMENSIONS) {
            throw wrong("claims an array of (" + text.strip() + "), more than " + ArrayShape.MOST_NUMBERS
                    + " numbers or " + MOST_DIMENSIONS + " dimensions; cut it into parts");
        }
        return sizes;
    }

    private Array elements() {
        int count = dims.stream().reduce(1, (a, b) -> a * b);
        long bytes = (long) count * elementBytes();
        if (content.remaining() != bytes) {
            throw wrong("holds " + content.remaining() + " bytes of elements, but " + dims + " of the type " + kind
                    + " take " + bytes + "; save it again");
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = next();
            if (!Float.isFinite(values[i])) {
                throw wrong("holds " + values[i] + " as element " + i + "; replace what is not a finite number");
            }
        }
        return new Array(dims, fortran ? turned(values) : values);
    }

    private int elementBytes() {
        return switch (kind) {
            case "u1", "i1" -> 1;
            case "u2", "i2" -> 2;
            case "f4", "i4" -> 4;
            case "f8" -> 8;
            default ->
                throw wrong("holds elements of the type " + kind
                        + ", readable are f4, f8, u1, i1, u2, i2 and i4; convert it, for instance with"
                        + " array.astype('float32')");
        };
    }

    private float next() {
        return switch (kind) {
            case "u1" -> content.get() & 0xff;
            case "i1" -> content.get();
            case "u2" -> content.getShort() & 0xffff;
            case "i2" -> content.getShort();
            case "i4" -> content.getInt();
            case "f4" -> content.getFloat();
            default -> (float) content.getDouble();
        };
    }

    /** From the order in which the first dimension changes fastest to that in which the last one does. */
    private float[] turned(float[] values) {
        int rank = dims.size();
        float[] result = new float[values.length];
        int[] at = new int[rank];
        for (float v : values) {
            int index = 0;
            for (int d = 0; d < rank; d++) index = index * dims.get(d) + at[d];
            result[index] = v;
            for (int d = 0; d < rank && ++at[d] == dims.get(d); d++) at[d] = 0;
        }
        return result;
    }
}
