package voluta.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Pictures that are decoded when they are needed, and brought to one size. A picture that cannot be used is noted in {@link
 * #skips}, and reading it throws {@link PictureException}, each time.
 */
final class PictureDataset implements Dataset {
    /** So many pictures are looked at when a data set is opened. */
    private static final int LOOKED_AT = 24;

    private final Pictures pictures;
    private final ImageShape shape;
    private final Framing framing;
    private final boolean sameSize;

    private PictureDataset(Pictures pictures, ImageShape shape, Framing framing, boolean sameSize) {
        this.pictures = pictures;
        this.shape = shape;
        this.framing = framing;
        this.sameSize = sameSize;
    }

    /** What the same pictures in several sizes share. */
    private static final class Pictures {
        private final String name;
        private final PictureSource source;
        private final Skips skips;
        private final ThreadLocal<Decoder> decoders = ThreadLocal.withInitial(Decoder::new);
        private final ThreadLocal<FileBytes> contents = ThreadLocal.withInitial(FileBytes::new);
        private PictureCache cache = PictureCache.NONE;
        private Optional<Path> cacheDir = Optional.empty();
        private Optional<String> content;
        private final long opened = FileStamp.now();

        Pictures(String name, PictureSource source, Skips skips) {
            this.name = name;
            this.source = source;
            this.skips = skips;
        }

        Image picture(int index) {
            return picture(index, Area::of).pixels();
        }

        Cutout picture(int index, Function<ImageShape, Area> wanted) {
            Image cached = cache.get(index);
            if (cached != null) return chosen(cached, wanted);
            try {
                if (cache == PictureCache.NONE) return decode(index, wanted);
                Image decoded = decode(index, Area::of).pixels();
                cache.put(index, decoded);
                return chosen(decoded, wanted);
            } catch (PictureException e) {
                skips.add(index, e);
                throw e;
            }
        }

        private static Cutout chosen(Image whole, Function<ImageShape, Area> wanted) {
            wanted.apply(whole.shape());
            return Cutout.of(whole);
        }

        private Cutout decode(int index, Function<ImageShape, Area> wanted) {
            return decoders.get().decode(source.picture(index), content(index), wanted);
        }

        /** Decodes all pictures into the folder, or finds there what an earlier run decoded. */
        void cacheIn(Path folder) {
            PictureContents known = PictureContents.of(folder, source);
            cacheDir = Optional.of(folder);
            content = Optional.of(known.key());
            cache = DiskCache.open(folder, known.key(), source.size(), i -> {
                try {
                    FileBytes bytes = content(i);
                    return known.holds(i, bytes)
                            ? decoders.get()
                                    .decode(source.picture(i), bytes, Area::of)
                                    .pixels()
                            : null;
                } catch (PictureException e) {
                    skips.add(i, e);
                    return null;
                }
            });
        }

        /** A name for what the encoded pictures hold, if that is known without reading all of them. */
        synchronized Optional<String> content() {
            if (content == null) content = FileStamp.ofAll(source, opened);
            return content;
        }

        private FileBytes content(int index) {
            FileBytes content = contents.get();
            try {
                source.read(index, content);
            } catch (IOException e) {
                String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                throw new PictureException(
                        source.picture(index),
                        "cannot be read (" + reason + "); check that it exists and may be read",
                        e);
            }
            return content;
        }
    }

    /**
     * Looks at some pictures to see their size and whether they are grey.
     *
     * @throws DataException if none of them can be used
     */
    static PictureDataset open(String name, PictureSource source, DataOptions options) {
        Pictures pictures = new Pictures(
                name, source, new Skips(name, source.size(), options.maxBad().value()));
        int size = source.size(), looked = Math.min(LOOKED_AT, size);
        ImageShape first = null;
        boolean same = true;
        int channels = 1;
        long bytes = 0;
        int usable = 0;
        for (int i = 0; i < looked; i++) {
            ImageShape shape;
            try {
                shape = pictures.picture((int) ((long) i * size / looked)).shape();
            } catch (PictureException e) {
                continue;
            }
            if (first == null) first = shape;
            channels = Math.max(channels, shape.channels());
            same &= shape.height() == first.height() && shape.width() == first.width();
            bytes += shape.bytes();
            usable++;
        }
        if (first == null) {
            throw new DataException(
                    name + ": none of the " + looked + " pictures that were looked at can be used; the first: "
                            + pictures.skips.list().get(0).picture() + " "
                            + pictures.skips.list().get(0).reason());
        }
        if (options.cacheDir().isPresent()) {
            pictures.cacheIn(options.cacheDir().get());
        } else if ((double) bytes / usable * size <= options.cacheBytes()) {
            pictures.cache = new MemoryCache(size, options.cacheBytes());
        }
        return new PictureDataset(
                pictures, new ImageShape(channels, first.height(), first.width()), Framing.DEFAULT, same);
    }

    @Override
    public String name() {
        return pictures.name;
    }

    @Override
    public int size() {
        return pictures.source.size();
    }

    @Override
    public List<String> classNames() {
        return pictures.source.classNames();
    }

    @Override
    public ImageShape imageShape() {
        return shape;
    }

    @Override
    public boolean sameSize() {
        return sameSize;
    }

    @Override
    public int label(int index) {
        return pictures.source.label(index);
    }

    @Override
    public Image picture(int index) {
        Objects.checkIndex(index, size());
        return pictures.picture(index).withChannels(shape.channels());
    }

    @Override
    public Cutout picture(int index, Function<ImageShape, Area> wanted) {
        Objects.checkIndex(index, size());
        return pictures.picture(index, wanted);
    }

    @Override
    public void read(int index, ByteBuffer image) {
        Objects.checkIndex(index, size());
        image.put(framed(index));
    }

    private byte[] framed(int index) {
        Resampling[] plan = {null};
        Cutout picture = pictures.picture(index, whole -> {
                    boolean asItIs = framing.cropPct() == 1
                            && whole.height() == shape.height()
                            && whole.width() == shape.width();
                    if (asItIs) return Area.of(whole);
                    plan[0] = framing.plan(whole, shape);
                    return plan[0].area();
                })
                .withChannels(shape.channels());
        if (plan[0] == null) return picture.pixels().pixels();
        byte[] pixels = new byte[shape.bytes()];
        plan[0].apply(picture, pixels);
        return pixels;
    }

    @Override
    public boolean decodes() {
        return true;
    }

    @Override
    public Optional<String> fingerprint() {
        return pictures.content().map(content -> PictureContents.name(content, shape + " " + framing));
    }

    @Override
    public Optional<Path> cacheDir() {
        return pictures.cacheDir;
    }

    @Override
    public String describe(int index) {
        return pictures.source.picture(index);
    }

    @Override
    public Skips skips() {
        return pictures.skips;
    }

    @Override
    public int[] shards() {
        return pictures.source.shards();
    }

    @Override
    public Dataset resized(ImageShape other, Framing otherFraming) {
        if (other.channels() != 1 && other.channels() != 3) {
            throw new DataException(name() + " has pictures, which have 1 channel or 3; " + other + " is asked for");
        }
        return new PictureDataset(pictures, other, otherFraming, true);
    }

    @Override
    public void close() {
        pictures.cache.close();
        pictures.source.close();
    }

    @Override
    public String toString() {
        return name() + ": " + size() + " pictures as " + shape + ", "
                + classNames().size() + " classes";
    }
}
