package voluta.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Pictures within tar archives, read where they lie. A file is opened for each picture, which costs some microseconds: a
 * channel that stays open would be closed for all by the interrupt that ends one thread, and thousands of archives would
 * need as many open files.
 */
final class Shards implements PictureSource {
    private final List<Archive> files;
    private final Place[] places;
    private final int[] labels;
    private final int[] firsts;
    private final List<String> classNames;

    /** @param stamp what it was before it was looked into */
    record Archive(Path path, FileStamp stamp) {}

    /** Where a picture lies. */
    record Place(int archive, long offset, int size, String name) {}

    Shards(List<Archive> files, Place[] places, int[] labels, int[] firsts, List<String> classNames) {
        this.files = List.copyOf(files);
        this.places = places;
        this.labels = labels;
        this.firsts = firsts;
        this.classNames = classNames;
    }

    @Override
    public int size() {
        return places.length;
    }

    @Override
    public String picture(int index) {
        return files.get(places[index].archive).path() + ":" + places[index].name;
    }

    @Override
    public String name(int index) {
        Place p = places[index];
        return files.get(p.archive).path().getFileName() + ":" + p.offset + ":" + p.size + ":" + p.name;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public void read(int index, FileBytes into) throws IOException {
        Place p = places[index];
        into.read(files.get(p.archive).path(), p.offset, p.size);
    }

    @Override
    public int[] shards() {
        return firsts.clone();
    }

    @Override
    public FileStamp stamp(int index) {
        return files.get(places[index].archive).stamp();
    }
}
