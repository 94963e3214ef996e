package voluta.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.nn.Initialization;
import voluta.tensor.Nearest;

/**
 * Builds a {@link NetworkDescription} in Java:
 *
 * <pre>{@code
 * NetworkDescription net = Model.named("small")
 *         .input(1, 28, 28).classes(10)
 *         .conv(32, 3).with("padding", 1).batchNorm().relu().maxPool(2)
 *         .flatten().linear(128).relu().dropout(0.5).linear()
 *         .build();
 * }</pre>
 *
 * <p>{@link #with} sets an attribute of the layer added last, by the names of the YAML format; {@link #as} names it.
 * Every call checks what it is given.
 */
public final class Model {
    private final String name;
    private final List<LayerDescription> layers = new ArrayList<>();
    private List<Integer> input;
    private int classes;
    private Initialization init = Initialization.DEFAULT;

    private Model(String name) {
        this.name = name;
    }

    /** An empty network. */
    public static Model named(String name) {
        if (name.isBlank()) throw new ModelException("a network needs a name");
        return new Model(name);
    }

    /** Layers for the inside of a block. */
    public static Model block() {
        return new Model("block");
    }

    /** One sample's dimensions: channels and spatial sizes, or the number of features. */
    public Model input(Integer... sizes) {
        input = NetworkDescription.checkedInput(List.of(sizes));
        return this;
    }

    public Model classes(int count) {
        if (count < 1) throw new ModelException("a network has at least one class, got " + count);
        classes = count;
        return this;
    }

    /** How weights are drawn where a layer does not say otherwise. */
    public Model init(Initialization scheme) {
        init = scheme;
        return this;
    }

    /** Any layer of the YAML format. */
    public Model layer(String kind, Map<String, ?> attributes) {
        layers.add(LayerDescription.of(kind, attributes));
        return this;
    }

    /** A layer without attributes. */
    public Model layer(String kind) {
        return layer(kind, Map.of());
    }

    /** Sets an attribute of the layer added last. */
    public Model with(String attribute, Object value) {
        if (layers.isEmpty()) throw new ModelException("there is no layer yet whose " + attribute + " could be set");
        int last = layers.size() - 1;
        layers.set(last, layers.get(last).with(attribute, value));
        return this;
    }

    /** Names the layer added last. */
    public Model as(String layer) {
        return with("name", layer);
    }

    /** Lets the layer added last take the output of an earlier one instead of the one before it. */
    public Model from(String layer) {
        return with("from", layer);
    }

    /** Repeats the block added last. */
    public Model repeat(int times) {
        return with("repeat", times);
    }

    public Model conv(int filters, int kernel) {
        return layer("conv", Map.of("filters", filters, "kernel", kernel));
    }

    public Model convTranspose(int filters, int kernel) {
        return layer("conv_transpose", Map.of("filters", filters, "kernel", kernel));
    }

    public Model linear(int units) {
        return layer("linear", Map.of("units", units));
    }

    /** One unit per class: the usual last layer. */
    public Model linear() {
        return layer("linear", Map.of("units", AttributeType.CLASSES));
    }

    public Model maxPool(int kernel) {
        return layer("max_pool", Map.of("kernel", kernel));
    }

    public Model avgPool(int kernel) {
        return layer("avg_pool", Map.of("kernel", kernel));
    }

    public Model globalAvgPool() {
        return layer("global_avg_pool");
    }

    public Model globalMaxPool() {
        return layer("global_max_pool");
    }

    public Model batchNorm() {
        return layer("batch_norm");
    }

    public Model layerNorm() {
        return layer("layer_norm");
    }

    public Model groupNorm(int groups) {
        return layer("group_norm", Map.of("groups", groups));
    }

    public Model instanceNorm() {
        return layer("instance_norm");
    }

    public Model relu() {
        return layer("relu");
    }

    /** Any activation by its word, for instance {@code leaky_relu}. */
    public Model activation(String word) {
        if (!LayerKinds.ACTIVATIONS.contains(word)) {
            throw new ModelException("unknown activation " + word + Nearest.suggestion(word, LayerKinds.ACTIVATIONS));
        }
        return layer(word);
    }

    public Model dropout(double rate) {
        return layer("dropout", Map.of("rate", rate));
    }

    public Model flatten() {
        return layer("flatten");
    }

    public Model softmax() {
        return layer("softmax");
    }

    public Model sequential(Model inner) {
        return layer("sequential", Map.of("layers", inner.layers));
    }

    /** The body's output is added to its input. */
    public Model residual(Model body) {
        return layer("residual", Map.of("body", body.layers));
    }

    /** The body's output is added to the shortcut's. */
    public Model residual(Model body, Model shortcut) {
        Map<String, Object> a = new LinkedHashMap<>();
        a.put("body", body.layers);
        a.put("shortcut", shortcut.layers);
        return layer("residual", a);
    }

    public Model basicBlock(int width, int stride) {
        return layer("basic_block", Map.of("width", width, "stride", stride));
    }

    public Model bottleneck(int width, int stride) {
        return layer("bottleneck", Map.of("width", width, "stride", stride));
    }

    public Model invertedResidual(int width, int stride, int expansion) {
        return layer("inverted_residual", Map.of("width", width, "stride", stride, "expansion", expansion));
    }

    public Model add(String... earlier) {
        return layer("add", Map.of("with", List.of(earlier)));
    }

    public Model multiply(String... earlier) {
        return layer("multiply", Map.of("with", List.of(earlier)));
    }

    public Model concat(String... earlier) {
        return layer("concat", Map.of("with", List.of(earlier)));
    }

    /** The description. */
    public NetworkDescription build() {
        if (input == null) throw new ModelException("the network " + name + " needs an input, as in input(3, 32, 32)");
        if (layers.isEmpty()) throw new ModelException("the network " + name + " has no layers");
        return new NetworkDescription(name, input, classes, "default", layers, null)
                .withInit(init)
                .checked();
    }
}
