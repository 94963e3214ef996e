package voluta.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Arrays with labels, by number. Safe for several threads. */
interface ArraySource {
    int size();

    List<String> classNames();

    int label(int index);

    /** What messages call a sample. */
    String describe(int index);

    /**
     * One sample, with the dimensions that it is stored with.
     *
     * @throws PictureException if it cannot be used
     */
    NpyReader.Array read(int index);

    /** Files of NumPy's format, one for each sample. */
    static ArraySource files(PictureFiles files) {
        ThreadLocal<FileBytes> buffers = ThreadLocal.withInitial(FileBytes::new);
        return new ArraySource() {
            @Override
            public int size() {
                return files.size();
            }

            @Override
            public List<String> classNames() {
                return files.classNames();
            }

            @Override
            public int label(int index) {
                return files.label(index);
            }

            @Override
            public String describe(int index) {
                return files.picture(index);
            }

            @Override
            public NpyReader.Array read(int index) {
                return NpyReader.read(Path.of(files.picture(index)), buffers.get());
            }
        };
    }

    /** The rows of a table of signals. */
    static ArraySource rows(SignalTable table, ClassList classes) {
        List<Integer> dims = List.of(table.length());
        List<Integer> labels = new ArrayList<>();
        for (String label : table.labels()) labels.add(classes.label(label));
        return new ArraySource() {
            @Override
            public int size() {
                return labels.size();
            }

            @Override
            public List<String> classNames() {
                return classes.names();
            }

            @Override
            public int label(int index) {
                return labels.get(index);
            }

            @Override
            public String describe(int index) {
                return table.name(index);
            }

            @Override
            public NpyReader.Array read(int index) {
                return new NpyReader.Array(dims, table.rows().get(index));
            }
        };
    }
}
