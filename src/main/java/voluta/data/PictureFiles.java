package voluta.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Pictures that are files of their own. */
final class PictureFiles implements PictureSource {
    private final Path root;
    private final List<String> classNames;
    private final String[] names;
    private final int[] labels;

    /** @param names paths, relative to the root or absolute */
    PictureFiles(Path root, List<String> classNames, String[] names, int[] labels) {
        this.root = root;
        this.classNames = List.copyOf(classNames);
        this.names = names;
        this.labels = labels;
    }

    @Override
    public int size() {
        return names.length;
    }

    @Override
    public String picture(int index) {
        return path(index).toString();
    }

    @Override
    public String name(int index) {
        return names[index];
    }

    private Path path(int index) {
        return root.resolve(names[index]);
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
        into.read(path(index));
    }

    @Override
    public FileStamp stamp(int index) throws IOException {
        return FileStamp.of(path(index));
    }
}
