package voluta.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads the IDX format of MNIST and its relatives: two zero bytes, a byte for the element type, one for the number of
 * dimensions, the dimensions as 32-bit big-endian integers, then the elements. Plain or compressed with gzip, told
 * apart by content, since downloads often lose or keep the ending wrongly.
 *
 * <p>Strict: the content has exactly the length that the header claims. Nothing is allocated before the claim has been
 * held against the stored size; for gzip against the most that so many bytes can unpack to.
 */
final class IdxReader {
    private static final int UNSIGNED_BYTE = 0x08;
    /** The largest array that common JVMs allocate. */
    private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    /** Deflate packs at most 1,032 bytes into one. */
    private static final long LARGEST_RATIO = 1_032;

    private final ByteSource source;
    private final String content;

    private IdxReader(ByteSource source, String content) {
        this.source = source;
        this.content = content;
    }

    /** Reads images (N,H,W or N,H,W,C) and their labels (N). */
    static MemoryDataset read(String name, ByteSource images, ByteSource labels, List<String> classNames) {
        Array pixels = new IdxReader(images, "images").array(3, 4);
        Array classes = new IdxReader(labels, "labels").array(1, 1);
        if (pixels.count != classes.count) {
            throw new DataException(images.name() + " holds " + pixels.count + " images, but " + labels.name()
                    + " holds " + classes.count + " labels; the two do not belong together, fetch both again");
        }
        MemoryDataset.checkLabels(labels.name(), classes.bytes, classNames);
        return new MemoryDataset(name, classNames, pixels.shape, pixels.bytes, classes.bytes);
    }

    /** Elements with their header: so many of one shape; labels count as images of a single byte. */
    private record Array(int count, ImageShape shape, byte[] bytes) {}

    private Array array(int fewestDims, int mostDims) {
        try (InputStream stored = new BufferedInputStream(source.open(), 1 << 16)) {
            boolean gzip = startsLikeGzip(stored);
            return gzip ? unpacked(stored, fewestDims, mostDims) : array(stored, false, fewestDims, mostDims);
        } catch (IOException e) {
            throw ByteSource.unreadable(source.name(), e);
        }
    }

    private static boolean startsLikeGzip(InputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip;
    }

    private Array unpacked(InputStream stored, int fewestDims, int mostDims) throws IOException {
        try (InputStream in = new GZIPInputStream(stored, 1 << 16)) {
            return array(in, true, fewestDims, mostDims);
        } catch (ZipException e) {
            throw new DataException(
                    source.name() + " is damaged: its gzip data cannot be unpacked (" + e.getMessage()
                            + "); fetch it again",
                    e);
        } catch (EOFException e) {
            throw new DataException(
                    source.name() + " is cut short: its gzip data ends after " + source.bytes()
                            + " bytes without an end mark; fetch it again",
                    e);
        }
    }

    private Array array(InputStream in, boolean gzip, int fewestDims, int mostDims) throws IOException {
        int rank = rank(header(in, 4), fewestDims, mostDims);
        ByteBuffer dims = ByteBuffer.wrap(header(in, 4 * rank));
        long count = dims.getInt() & 0xffffffffL;
        ImageShape shape = rank == 1 ? new ImageShape(1, 1, 1) : shape(dims);
        if (count == 0) throw new DataException(source.name() + " holds no " + content + "; fetch it again");
        int headerBytes = 4 + 4 * rank;
        long length = count * shape.bytes();
        String claim = "its header claims " + count + " " + content + (rank == 1 ? "" : " of " + shape) + ", "
                + (headerBytes + length) + " bytes in all";
        checkLength(gzip, headerBytes + length, claim);
        if (length > LARGEST_ARRAY) {
            throw new DataException(source.name() + " is too large to be held in memory (" + claim
                    + "); at most 2 GiB are possible, split it");
        }
        byte[] bytes = allocate((int) length, claim);
        int got = in.readNBytes(bytes, 0, bytes.length);
        if (got < length) throw cutShort(headerBytes + (long) got, claim);
        if (in.read() >= 0) throw tooLong("more bytes", claim);
        return new Array((int) count, shape, bytes);
    }

    private byte[] header(InputStream in, int bytes) throws IOException {
        byte[] header = in.readNBytes(bytes);
        if (header.length < bytes) {
            throw new DataException(source.name() + " ends within its header (" + source.bytes()
                    + " bytes stored); it is cut short or not an IDX file, fetch it again");
        }
        return header;
    }

    private int rank(byte[] magic, int fewestDims, int mostDims) {
        if (magic[0] != 0 || magic[1] != 0) {
            throw new DataException(source.name() + " is not an IDX file: it begins with the bytes "
                    + String.format(Locale.ROOT, "%02x %02x %02x %02x", magic[0], magic[1], magic[2], magic[3])
                    + " where 00 00 08 0" + fewestDims + " is expected; fetch it again"
                    + (magic[0] == '<' ? " (this looks like a web page)" : ""));
        }
        if (magic[2] != UNSIGNED_BYTE) {
            throw new DataException(source.name()
                    + String.format(
                            Locale.ROOT, " holds elements of the IDX type 0x%02x (%s)", magic[2], type(magic[2]))
                    + ", but " + content + " must be unsigned bytes (0x08); convert them");
        }
        int rank = magic[3] & 0xff;
        if (rank < fewestDims || rank > mostDims) {
            String expected = mostDims == 1 ? "1 (N)" : "3 (N,H,W) or 4 (N,H,W,C)";
            throw new DataException(source.name() + " has " + rank + " dimensions, but " + content + " have " + expected
                    + "; are the files for images and labels swapped?");
        }
        return rank;
    }

    private static String type(byte code) {
        return switch (code) {
            case 0x09 -> "signed bytes";
            case 0x0b -> "16-bit integers";
            case 0x0c -> "32-bit integers";
            case 0x0d -> "32-bit floats";
            case 0x0e -> "64-bit floats";
            default -> "unknown";
        };
    }

    private ImageShape shape(ByteBuffer dims) {
        // Values from 2^31 on come out negative and are refused with the rest; the message shows them unsigned.
        int height = dims.getInt();
        int width = dims.getInt();
        int channels = dims.hasRemaining() ? dims.getInt() : 1;
        try {
            return new ImageShape(channels, height, width);
        } catch (DataException e) {
            throw new DataException(
                    source.name() + " claims images of height " + Integer.toUnsignedString(height) + ", width "
                            + Integer.toUnsignedString(width) + " and " + Integer.toUnsignedString(channels)
                            + " channels, outside the limits of " + ImageShape.LARGEST_SIDE + " pixels a side, "
                            + ImageShape.MOST_CHANNELS
                            + " channels and 2 GiB an image; the header is damaged, fetch it again",
                    e);
        }
    }

    private void checkLength(boolean gzip, long claimed, String claim) {
        if (gzip) {
            long most = source.bytes() * LARGEST_RATIO;
            if (claimed > most) {
                throw new DataException(source.name() + " cannot be right: " + claim + ", but its " + source.bytes()
                        + " compressed bytes unpack to at most " + most + "; fetch it again");
            }
        } else if (source.bytes() < claimed) {
            throw cutShort(source.bytes(), claim);
        } else if (source.bytes() > claimed) {
            throw tooLong(source.bytes() + " bytes", claim);
        }
    }

    private DataException cutShort(long got, String claim) {
        return new DataException(
                source.name() + " is cut short: " + claim + ", but it holds " + got + "; fetch it again");
    }

    private DataException tooLong(String got, String claim) {
        return new DataException(
                source.name() + " is too long: " + claim + ", but it holds " + got + "; fetch it again");
    }

    private byte[] allocate(int bytes, String claim) {
        try {
            return new byte[bytes];
        } catch (OutOfMemoryError e) {
            throw new DataException(
                    source.name() + " does not fit into the Java heap of "
                            + (Runtime.getRuntime().maxMemory() >> 20) + " MiB (" + claim + "); allow more with -Xmx",
                    e);
        }
    }
}
