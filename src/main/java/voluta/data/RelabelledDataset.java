package voluta.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A data set whose labels count in the classes of another one. */
final class RelabelledDataset extends ForwardingDataset {
    private final List<String> names;
    private final int[] labels;

    RelabelledDataset(Dataset dataset, List<String> names) {
        super(dataset);
        this.names = List.copyOf(names);
        this.labels =
                dataset.classNames().stream().mapToInt(this.names::indexOf).toArray();
        List<String> unknown = new ArrayList<>();
        for (int i = 0; i < labels.length; i++)
            if (labels[i] < 0) unknown.add(dataset.classNames().get(i));
        if (!unknown.isEmpty()) {
            throw new DataException(dataset.name() + " has the class" + (unknown.size() == 1 ? " " : "es ")
                    + quoted(unknown) + ", which the training does not know; it knows " + quoted(this.names)
                    + ". Remove or rename what is not meant, or name all classes in a file for --class-map");
        }
    }

    /** Names as a message shows them: the first few of many. */
    static String quoted(List<String> names) {
        int shown = Math.min(names.size(), 12);
        String text = "'" + String.join("', '", names.subList(0, shown)) + "'";
        return names.size() == shown ? text : text + " and " + (names.size() - shown) + " more";
    }

    @Override
    public List<String> classNames() {
        return names;
    }

    @Override
    public int label(int index) {
        return labels[dataset.label(index)];
    }

    @Override
    public Optional<String> fingerprint() {
        return dataset.fingerprint();
    }

    @Override
    public Dataset resized(ImageShape shape, Framing framing) {
        return new RelabelledDataset(dataset.resized(shape, framing), names);
    }

    @Override
    public Dataset withClasses(List<String> others) {
        return dataset.withClasses(others);
    }
}
