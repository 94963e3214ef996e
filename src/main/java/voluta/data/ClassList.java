package voluta.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Classes and their labels: as found, in natural order, or as a file orders them. */
final class ClassList {
    private final List<String> names;
    private final Map<String, Integer> labels = new HashMap<>();

    private ClassList(List<String> names) {
        this.names = List.copyOf(names);
        for (int i = 0; i < names.size(); i++) labels.put(names.get(i), i);
    }

    /**
     * @param where what holds the classes that were found, for messages
     * @param given the classes in the order of their labels, or null
     * @throws DataException if a class was found that is not among those given
     */
    static ClassList of(String where, Collection<String> found, List<String> given) {
        TreeSet<String> sorted = new TreeSet<>(NaturalOrder.INSTANCE);
        sorted.addAll(found);
        if (given == null) return new ClassList(new ArrayList<>(sorted));
        ClassList classes = new ClassList(given);
        List<String> unknown = new ArrayList<>();
        for (String name : sorted) if (!classes.labels.containsKey(name)) unknown.add(name);
        if (!unknown.isEmpty()) {
            throw new DataException(
                    where + " has the class" + (unknown.size() == 1 ? " " : "es ") + RelabelledDataset.quoted(unknown)
                            + ", which the class map lacks; add a line, or remove the pictures");
        }
        return classes;
    }

    List<String> names() {
        return names;
    }

    int label(String name) {
        return labels.get(name);
    }
}
