package voluta.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Pictures within tar archives, read where they lie. A file is opened for each picture, which costs some microseconds: a
 * channel that stays open would be closed for all by the interrupt that ends one thread, and thousands of archives would
 * need as many open files.
 */
final class Shards implements PictureSource {
    private final List<Path> files;
    private final Place[] places;
    private final int[] labels;
    private final int[] firsts;
    private final List<String> classNames;

    /** Where a picture lies. */
    record Place(int archive, long offset, int size, String name) {}

    Shards(List<Path> files, Place[] places, int[] labels, int[] firsts, List<String> classNames) {
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
        return files.get(places[index].archive) + ":" + places[index].name;
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
        into.read(files.get(p.archive), p.offset, p.size);
    }

    @Override
    public int[] shards() {
        return firsts.clone();
    }

    @Override
    public String stamp(int index) throws IOException {
        Place p = places[index];
        Path file = files.get(p.archive);
        return file.getFileName() + " " + Files.getLastModifiedTime(file).toMillis() + " " + p.name + " " + p.offset
                + " " + p.size;
    }
}
