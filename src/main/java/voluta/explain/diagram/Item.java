package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.Shape;

/** A box of the diagram, or a frame around several. */
sealed interface Item {
    /** What it is called within the frame around it. */
    String name();

    /** The paths of all nodes it stands for. */
    List<String> paths();

    /** Trained numbers: of a layer in one copy, of a block in all. */
    long parameters();

    /** The shape of what it gives, with N = 1. */
    Shape output();

    /** The same under another name. */
    Item named(String name);

    /** The same standing for the nodes of a copy too. */
    Item with(Item copy);

    /** Whether it is a copy: the same but for its name and the paths of its nodes. */
    boolean isLike(Item other);

    /**
     * One layer, with what follows it and only changes its numbers.
     *
     * @param text for instance {@code conv 3x3, 64}
     * @param more what follows, for instance {@code batch norm, relu}; may be empty
     */
    record Layer(
            String name,
            LayerText.Family family,
            String text,
            String more,
            List<String> paths,
            long parameters,
            Shape output)
            implements Item {
        public Layer {
            paths = List.copyOf(paths);
        }

        @Override
        public Layer named(String other) {
            return new Layer(other, family, text, more, paths, parameters, output);
        }

        @Override
        public Layer with(Item copy) {
            List<String> all = new ArrayList<>(paths);
            all.addAll(copy.paths());
            return new Layer(name, family, text, more, all, parameters, output);
        }

        @Override
        public boolean isLike(Item o) {
            return o instanceof Layer l
                    && family == l.family
                    && text.equals(l.text)
                    && more.equals(l.more)
                    && parameters == l.parameters
                    && output.equals(l.output);
        }
    }

    /**
     * Several items that belong together.
     *
     * @param copies how many equal blocks follow each other; one of them is drawn
     * @param edges between the items
     */
    record Block(String name, int copies, List<Item> items, List<Edge> edges, long parameters) implements Item {
        public Block {
            items = List.copyOf(items);
            edges = List.copyOf(edges);
        }

        @Override
        public List<String> paths() {
            return items.stream().flatMap(i -> i.paths().stream()).toList();
        }

        @Override
        public Shape output() {
            return items.get(items.size() - 1).output();
        }

        @Override
        public Block named(String other) {
            return new Block(other, copies, items, edges, parameters);
        }

        @Override
        public Block with(Item copy) {
            List<Item> all = new ArrayList<>();
            for (int i = 0; i < items.size(); i++) all.add(items.get(i).with(((Block) copy).items.get(i)));
            return new Block(name, copies, all, edges, parameters);
        }

        @Override
        public boolean isLike(Item o) {
            if (!(o instanceof Block b) || items.size() != b.items.size() || !edges.equals(b.edges)) return false;
            for (int i = 0; i < items.size(); i++) {
                boolean same = items.get(i).name().equals(b.items.get(i).name());
                if (!same || !items.get(i).isLike(b.items.get(i))) return false;
            }
            return true;
        }
    }

    /**
     * What one item gives to another.
     *
     * @param from its number in the block; {@link #ENTRY} for what comes from outside
     * @param to its number; as many as there are items for what goes outside
     */
    record Edge(int from, int to) {
        static final int ENTRY = -1;
    }
}
