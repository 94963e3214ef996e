package voluta.data;

import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.stream.ImageInputStream;
import voluta.data.jpeg.JpegDecoder;
import voluta.data.jpeg.JpegException;

/**
 * Decodes pictures in memory. JPEG is the matter of {@link JpegDecoder}; other kinds, and the rare varieties of JPEG, go to
 * ImageIO and the plug-ins on the class path. Keeps its buffers; for one thread.
 *
 * <p>Strict, since pictures come from anywhere: the size is read from the header and checked before anything is decoded,
 * the time is limited, and whatever a decoder throws becomes a {@link PictureException}.
 */
final class Decoder {
    /** How long one picture may take. */
    static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

    static {
        // Pictures are in memory when they are decoded; without this, ImageIO would write some to a temporary file.
        ImageIO.setUseCache(false);
    }

    private static final int RIFF = 0x46464952;
    private static final int WEBP = 0x50424557;

    private final long maxPixels;
    private final long maxNanos;
    private final JpegDecoder jpeg = new JpegDecoder();

    Decoder(long maxPixels, long maxNanos) {
        this.maxPixels = maxPixels;
        this.maxNanos = maxNanos;
    }

    Decoder() {
        this(ImageFiles.MAX_PIXELS, MAX_NANOS);
    }

    /**
     * All of a picture.
     *
     * @throws PictureException as below
     */
    Image decode(String name, FileBytes content) {
        return decode(name, content, Area::of).pixels();
    }

    /**
     * Grey pictures to 1 channel, all others to 3.
     *
     * @param name what messages call the picture
     * @param wanted what is needed of a picture of a size; more may come
     * @throws PictureException if it is too large, damaged or of a kind that cannot be read, or takes too long
     */
    Cutout decode(String name, FileBytes content, Function<ImageShape, Area> wanted) {
        try {
            long deadline = System.nanoTime() + maxNanos;
            if (content.length() == 0) throw new PictureException(name, "is empty; fetch it again");
            if (isCutWebp(content)) throw cutShort(name, null);
            if (isJpeg(content)) return jpeg(name, content, deadline, wanted);
            return all(other(name, content, deadline), wanted);
        } catch (PictureException e) {
            throw e;
        } catch (BytesStream.TooSlow e) {
            throw new PictureException(
                    name,
                    "took longer than " + maxNanos / 1_000_000
                            + " ms to decode; save it again, smaller or in another format");
        } catch (IOException | RuntimeException e) {
            // Readers of ImageIO throw unchecked exceptions for damaged files.
            throw damaged(name, e);
        } catch (StackOverflowError | OutOfMemoryError e) {
            // What a decoder asks for because of a lie in a file; nothing of ours is half done.
            throw damaged(name, e);
        }
    }

    private static boolean isJpeg(FileBytes content) {
        byte[] b = content.bytes();
        return content.length() > 2 && b[0] == (byte) 0xff && b[1] == (byte) 0xd8 && b[2] == (byte) 0xff;
    }

    /** The reader of lossless WebP takes zeros for what is missing. */
    private static boolean isCutWebp(FileBytes content) {
        if (content.length() < 12) return false;
        ByteBuffer head = ByteBuffer.wrap(content.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        boolean webp = head.getInt(0) == RIFF && head.getInt(8) == WEBP;
        return webp && Integer.toUnsignedLong(head.getInt(4)) + 8 > content.length();
    }

    private static Cutout all(Image picture, Function<ImageShape, Area> wanted) {
        wanted.apply(picture.shape());
        return Cutout.of(picture);
    }

    private Cutout jpeg(String name, FileBytes content, long deadline, Function<ImageShape, Area> wanted)
            throws IOException {
        try {
            jpeg.open(content.bytes(), content.length());
            ImageShape stored = size(name, jpeg.channels(), jpeg.width(), jpeg.height());
            int orientation = jpeg.orientation();
            ImageShape whole = Image.turned(stored, orientation);
            Area area = wanted.apply(whole), from = Image.before(area, stored, orientation);
            ImageShape shape = new ImageShape(stored.channels(), from.height(), from.width());
            byte[] pixels = new byte[shape.bytes()];
            jpeg.decode(from.left(), from.top(), from.width(), from.height(), pixels, deadline);
            return new Cutout(whole, area, new Image(shape, pixels).turned(orientation));
        } catch (JpegException e) {
            return switch (e.kind()) {
                case UNSUPPORTED -> all(other(name, content, deadline), wanted);
                case CUT_SHORT -> throw cutShort(name, e);
                case DAMAGED ->
                    throw new PictureException(name, "is damaged (" + e.getMessage() + "); fetch it again", e);
                case TOO_SLOW -> throw new BytesStream.TooSlow();
            };
        }
    }

    private Image other(String name, FileBytes content, long deadline) throws IOException {
        ImageInputStream in = new BytesStream(content.bytes(), content.length(), deadline);
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        if (!readers.hasNext()) {
            throw new PictureException(name, "is not a picture of a known kind; use JPEG, PNG, WebP, BMP or GIF");
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(in, true, true);
            size(name, 3, reader.getWidth(0), reader.getHeight(0));
            boolean[] doubted = {false};
            reader.addIIOReadWarningListener((source, warning) -> doubted[0] = true);
            reader.addIIOReadProgressListener(new Deadline(deadline));
            BufferedImage image = reader.read(0);
            if (System.nanoTime() - deadline > 0) throw new BytesStream.TooSlow();
            if (doubted[0] && isJpeg(content)) {
                throw new PictureException(name, "is damaged: decoding it gives a warning; fetch it again");
            }
            if (image.getWidth() != reader.getWidth(0) || image.getHeight() != reader.getHeight(0)) {
                throw new PictureException(
                        name,
                        "says in its header that it has " + reader.getWidth(0) + "x"
                                + reader.getHeight(0) + " pixels, but has " + image.getWidth() + "x" + image.getHeight()
                                + "; it is damaged");
            }
            return Rasters.image(image);
        } finally {
            reader.dispose();
        }
    }

    private ImageShape size(String name, int channels, long width, long height) {
        if (width * height > maxPixels) {
            throw new PictureException(
                    name,
                    "has " + width + "x" + height + " pixels, at most " + maxPixels + " are read; scale it down first");
        }
        try {
            return new ImageShape(channels, (int) height, (int) width);
        } catch (DataException e) {
            throw new PictureException(name, "cannot be used: " + e.getMessage(), e);
        }
    }

    private static PictureException cutShort(String name, Throwable cause) {
        return new PictureException(name, "is cut short: it ends before its last row; fetch it again", cause);
    }

    private static PictureException damaged(String name, Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause())
            if (t instanceof EOFException) return cutShort(name, cause);
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new PictureException(
                name,
                "cannot be decoded (" + why + "); it is damaged or of a variety that is not supported, "
                        + "save it again as PNG or as JPEG in RGB",
                cause);
    }

    /** Ends a reader that is still at it past a moment: most of them ask after each row. */
    private record Deadline(long nanos) implements IIOReadProgressListener {
        @Override
        public void imageProgress(ImageReader source, float percentageDone) {
            if (System.nanoTime() - nanos > 0) source.abort();
        }

        @Override
        public void sequenceStarted(ImageReader source, int minIndex) {}

        @Override
        public void sequenceComplete(ImageReader source) {}

        @Override
        public void imageStarted(ImageReader source, int imageIndex) {}

        @Override
        public void imageComplete(ImageReader source) {}

        @Override
        public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

        @Override
        public void thumbnailProgress(ImageReader source, float percentageDone) {}

        @Override
        public void thumbnailComplete(ImageReader source) {}

        @Override
        public void readAborted(ImageReader source) {}
    }
}
