package voluta.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A view of another data set; what is not overridden is as it is there. */
class ForwardingDataset implements Dataset {
    final Dataset dataset;

    ForwardingDataset(Dataset dataset) {
        this.dataset = dataset;
    }

    @Override
    public String name() {
        return dataset.name();
    }

    @Override
    public int size() {
        return dataset.size();
    }

    @Override
    public List<String> classNames() {
        return dataset.classNames();
    }

    @Override
    public ImageShape imageShape() {
        return dataset.imageShape();
    }

    @Override
    public Optional<ArrayShape> arrayShape() {
        return dataset.arrayShape();
    }

    @Override
    public void read(int index, ByteBuffer image) {
        dataset.read(index, image);
    }

    @Override
    public int label(int index) {
        return dataset.label(index);
    }

    @Override
    public Image picture(int index) {
        return dataset.picture(index);
    }

    @Override
    public Cutout picture(int index, Function<ImageShape, Area> wanted) {
        return dataset.picture(index, wanted);
    }

    @Override
    public boolean sameSize() {
        return dataset.sameSize();
    }

    @Override
    public boolean decodes() {
        return dataset.decodes();
    }

    @Override
    public Optional<Path> cacheDir() {
        return dataset.cacheDir();
    }

    @Override
    public String describe(int index) {
        return dataset.describe(index);
    }

    @Override
    public Skips skips() {
        return dataset.skips();
    }

    @Override
    public int[] shards() {
        return dataset.shards();
    }

    @Override
    public void close() {
        dataset.close();
    }
}
