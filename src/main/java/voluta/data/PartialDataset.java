package voluta.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A part of a data set: some of its images, in their order. */
final class PartialDataset extends ForwardingDataset {
    private final int[] images;

    private PartialDataset(Dataset dataset, int[] images) {
        super(dataset);
        this.images = images;
    }

    /**
     * So much of each class, its images spread evenly over all it has and at least one. The same share is the same images
     * each time, and those of a smaller share are not all among those of a larger one.
     *
     * @param share above 0, up to 1
     */
    static PartialDataset share(Dataset dataset, double share) {
        if (!(share > 0 && share <= 1)) {
            throw new DataException("a share of " + share + " of " + dataset.name() + " is none; use above 0, up to 1");
        }
        int[] seen = new int[dataset.classNames().size()];
        return new PartialDataset(
                dataset,
                IntStream.range(0, dataset.size())
                        .filter(i -> {
                            int before = seen[dataset.label(i)]++;
                            return Math.ceil((before + 1) * share) > Math.ceil(before * share);
                        })
                        .toArray());
    }

    @Override
    public int size() {
        return images.length;
    }

    @Override
    public void read(int index, ByteBuffer image) {
        dataset.read(images[index], image);
    }

    @Override
    public int label(int index) {
        return dataset.label(images[index]);
    }

    @Override
    public Image picture(int index) {
        return dataset.picture(images[index]);
    }

    @Override
    public Cutout picture(int index, Function<ImageShape, Area> wanted) {
        return dataset.picture(images[index], wanted);
    }

    @Override
    public String describe(int index) {
        return dataset.describe(images[index]);
    }

    @Override
    public Optional<String> fingerprint() {
        return dataset.fingerprint().map(all -> PictureContents.name(all, Arrays.toString(images)));
    }

    /** Of the archives that have images in this part. */
    @Override
    public int[] shards() {
        return Arrays.stream(dataset.shards())
                .map(first -> {
                    int place = Arrays.binarySearch(images, first);
                    return place < 0 ? -place - 1 : place;
                })
                .filter(first -> first < images.length)
                .distinct()
                .toArray();
    }
}
