package voluta.data.jpeg;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bits of a scan. Stuffed zeros are taken out, and reading ends at a marker; what is read beyond that is zeros, which
 * {@link #overrun} tells from real ones.
 */
final class BitReader {
    private static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] data;
    private int end;

    /** The next byte to take in. */
    int position;
    /** The next bits, the first one uppermost. */
    long bits;
    /** How many of them there are. */
    int count;
    /** How many of those were made up. */
    private int madeUp;

    void start(byte[] data, int from, int end) {
        this.data = data;
        this.end = end;
        begin(from);
    }

    /** Goes on at a position, after a marker. */
    void begin(int from) {
        position = from;
        bits = 0;
        count = 0;
        madeUp = 0;
    }

    /** Takes in bytes until there are more than 56 bits; below those may be the first ones of the byte that is next. */
    void fill() {
        if (position + 8 <= end) {
            long next = (long) BIG_ENDIAN.get(data, position);
            // Whether one of the bytes is 255: their complements are tested for a zero.
            long complement = ~next;
            if (((complement - 0x0101010101010101L) & ~complement & 0x8080808080808080L) == 0) {
                bits |= next >>> count;
                int bytes = (64 - count) >> 3;
                position += bytes;
                count += 8 * bytes;
                return;
            }
        }
        while (count <= 56) {
            int b = position < end ? data[position] & 0xff : 0xff;
            if (b != 0xff) {
                position++;
            } else if (position + 1 < end && data[position + 1] == 0) {
                position += 2;
            } else {
                b = 0;
                madeUp += 8;
            }
            bits |= (long) b << (56 - count);
            count += 8;
        }
    }

    /** The next bits as a number, 1 to 16 of them, which are then behind. */
    int take(int n) {
        if (count < n) fill();
        int v = (int) (bits >>> (64 - n));
        bits <<= n;
        count -= n;
        return v;
    }

    /** Decodes one symbol. */
    int symbol(HuffmanTable table) throws JpegException {
        if (count < 16) fill();
        int found = table.find((int) (bits >>> 48));
        if (found == 0) throw bad();
        int length = found >> 8;
        bits <<= length;
        count -= length;
        return found & 0xff;
    }

    /** Fails if bits were used that the file does not have. */
    void checkOverrun() throws JpegException {
        if (count < madeUp) throw bad();
    }

    /** Wrong bits: either the file ends before them, or they are damaged. */
    JpegException bad() {
        if (count < madeUp || position >= end - 1) {
            if (position >= end - 1) return JpegException.cutShort();
            return JpegException.damaged("a scan ends too early");
        }
        return JpegException.damaged("a scan holds bits that are no code");
    }

    /**
     * Ends a scan or an interval of it: fails if there is more data than fits, which is how most damage shows, since what
     * follows it is decoded out of step. Zeros are left alone, some cameras add them.
     *
     * @return the position of the marker that follows, or of the end of the file
     */
    int finish() throws JpegException {
        checkOverrun();
        int unread = (count - madeUp) / 8;
        // Whole bytes that were taken in but not used.
        long rest = bits << ((count - madeUp) % 8);
        for (int i = 0; i < unread; i++, rest <<= 8) {
            if (rest >>> 56 != 0) throw tooMuch();
        }
        int at = position;
        while (at + 1 < end && (data[at] != (byte) 0xff || data[at + 1] == 0 || data[at + 1] == (byte) 0xff)) {
            if (data[at] != 0 && data[at] != (byte) 0xff) throw tooMuch();
            if (data[at] == (byte) 0xff && data[at + 1] == 0) throw tooMuch();
            at++;
        }
        return at + 1 < end ? at : end;
    }

    private static JpegException tooMuch() {
        return JpegException.damaged("a scan goes on after its last block");
    }
}
