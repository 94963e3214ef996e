package voluta.model;

import static voluta.model.AttributeType.any;
import static voluta.model.AttributeType.flag;
import static voluta.model.AttributeType.groups;
import static voluta.model.AttributeType.initialization;
import static voluta.model.AttributeType.integer;
import static voluta.model.AttributeType.integers;
import static voluta.model.AttributeType.layers;
import static voluta.model.AttributeType.matrix;
import static voluta.model.AttributeType.names;
import static voluta.model.AttributeType.number;
import static voluta.model.AttributeType.padding;
import static voluta.model.AttributeType.rate;
import static voluta.model.AttributeType.signed;
import static voluta.model.AttributeType.sizes;
import static voluta.model.AttributeType.units;
import static voluta.model.AttributeType.word;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import voluta.model.LayerKind.Drawing;
import voluta.model.LayerKind.Surroundings;
import voluta.nn.AdaptivePool;
import voluta.nn.BatchNorm;
import voluta.nn.Conv;
import voluta.nn.ConvTranspose;
import voluta.nn.Crop;
import voluta.nn.Dropout;
import voluta.nn.Elementwise;
import voluta.nn.Filter;
import voluta.nn.Flatten;
import voluta.nn.GroupNorm;
import voluta.nn.InvertedResidual;
import voluta.nn.Join;
import voluta.nn.Layer;
import voluta.nn.LayerNorm;
import voluta.nn.Linear;
import voluta.nn.NamedFilters;
import voluta.nn.PRelu;
import voluta.nn.Pad;
import voluta.nn.Pool;
import voluta.nn.Reshape;
import voluta.nn.Residual;
import voluta.nn.ResidualBlock;
import voluta.nn.Softmax;
import voluta.nn.Transpose;
import voluta.op.Activation;
import voluta.op.Padding;
import voluta.op.Pooling;

/** Which layers a description may hold, with which attributes. The one table that everything goes by. */
final class LayerKinds {
    /** The words for activations, as layers and as values of {@code activation}. */
    static final List<String> ACTIVATIONS = Arrays.stream(Activation.Kind.values())
            .map(k -> k.name().toLowerCase(Locale.ROOT))
            .toList();

    private static final List<String> PADDING_MODES = List.of("zeros", "constant", "reflect", "replicate", "circular");
    private static final Map<String, LayerKind> TABLE = new LinkedHashMap<>();

    static {
        convolutions();
        pooling();
        normalizations();
        activations();
        shapes();
        joins();
        blocks();
    }

    private LayerKinds() {}

    /** All kinds by word, in the order of the documentation. */
    static Map<String, LayerKind> all() {
        return Collections.unmodifiableMap(TABLE);
    }

    private static void put(LayerKind kind) {
        TABLE.put(kind.word(), kind);
    }

    private static Drawing kind(String word) {
        return LayerKind.named(word);
    }

    private static AttributeType epsilon() {
        return number(1e-12, 1);
    }

    private static void convolutions() {
        put(kind("conv")
                .required("filters", units())
                .optional("kernel", sizes(1), 3)
                .optional("stride", sizes(1), 1)
                .optional("padding", padding(), 0)
                .optional("padding_mode", word(PADDING_MODES), "zeros")
                .optional("padding_value", any(), 0.0)
                .optional("dilation", sizes(1), 1)
                .optional("groups", groups(), 1)
                .optional("bias", flag(), true)
                .optional("init", initialization(), null)
                .makes(LayerKinds::conv));
        put(kind("conv_transpose")
                .required("filters", units())
                .optional("kernel", sizes(1), 3)
                .optional("stride", sizes(1), 1)
                .optional("padding", padding(), 0)
                .optional("output_padding", sizes(0), 0)
                .optional("dilation", sizes(1), 1)
                .optional("groups", integer(1, AttributeType.MAX), 1)
                .optional("bias", flag(), true)
                .optional("init", initialization(), null)
                .makes((d, s) -> new ConvTranspose(
                        countOf(d, "filters", s),
                        d.sizes("kernel"),
                        d.sizes("stride"),
                        d.sizes("dilation"),
                        d.border("padding"),
                        d.sizes("output_padding"),
                        d.integer("groups"),
                        d.flag("bias"),
                        d.init(s))));
        put(kind("linear")
                .required("units", units())
                .optional("bias", flag(), true)
                .optional("init", initialization(), null)
                .makes((d, s) -> new Linear(countOf(d, "units", s), d.flag("bias"), d.init(s))));
        put(kind("filter")
                .required("matrix", matrix(List.copyOf(NamedFilters.all().keySet())))
                .makes((d, s) -> {
                    Object m = d.value("matrix");
                    return m instanceof String name ? NamedFilters.all().get(name) : new Filter(d.matrix("matrix"));
                }));
    }

    private static Layer conv(LayerDescription d, Surroundings s) {
        return new Conv(
                countOf(d, "filters", s),
                d.sizes("kernel"),
                d.sizes("stride"),
                d.sizes("dilation"),
                d.border("padding"),
                paddingMode(d, "padding_mode", "padding_value"),
                d.number("padding_value"),
                AttributeType.CHANNELS.equals(d.value("groups")) ? 0 : d.integer("groups"),
                d.flag("bias"),
                d.init(s));
    }

    private static Padding.Mode paddingMode(LayerDescription d, String mode, String value) {
        String word = d.text(mode);
        if (!word.equals("constant") && d.number(value) != 0) {
            throw new ModelException(
                    d.at().orElse(null),
                    d.kind() + ": " + value + " is for " + mode + " constant, got " + mode + " " + word
                            + "; change one of them");
        }
        return word.equals("zeros") ? Padding.Mode.CONSTANT : Padding.Mode.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static int countOf(LayerDescription d, String name, Surroundings s) {
        if (!AttributeType.CLASSES.equals(d.value(name))) return d.integer(name);
        if (s.classes() > 0) return s.classes();
        throw new ModelException(
                d.at().orElse(null),
                d.kind() + ": " + name + " is \"classes\", but the network has no classes; add the"
                        + " key classes at the top");
    }

    private static void pooling() {
        put(kind("max_pool")
                .required("kernel", sizes(1))
                .optional("stride", sizes(1), null)
                .optional("padding", padding(), 0)
                .optional("dilation", sizes(1), 1)
                .optional("ceil_mode", flag(), false)
                .makes((d, s) -> new Pool(
                        Pooling.Kind.MAX,
                        d.sizes("kernel"),
                        d.sizes("stride"),
                        d.sizes("dilation"),
                        d.border("padding"),
                        d.flag("ceil_mode"),
                        false)));
        put(kind("avg_pool")
                .required("kernel", sizes(1))
                .optional("stride", sizes(1), null)
                .optional("padding", padding(), 0)
                .optional("ceil_mode", flag(), false)
                .optional("count_padding", flag(), true)
                .makes((d, s) -> new Pool(
                        Pooling.Kind.AVERAGE,
                        d.sizes("kernel"),
                        d.sizes("stride"),
                        List.of(1),
                        d.border("padding"),
                        d.flag("ceil_mode"),
                        d.flag("count_padding"))));
        put(kind("global_avg_pool").noPrimary().makes((d, s) -> AdaptivePool.global(Pooling.Kind.AVERAGE)));
        put(kind("global_max_pool").noPrimary().makes((d, s) -> AdaptivePool.global(Pooling.Kind.MAX)));
        put(kind("adaptive_avg_pool")
                .required("output", sizes(1))
                .makes((d, s) -> new AdaptivePool(Pooling.Kind.AVERAGE, d.sizes("output"))));
        put(kind("adaptive_max_pool")
                .required("output", sizes(1))
                .makes((d, s) -> new AdaptivePool(Pooling.Kind.MAX, d.sizes("output"))));
    }

    private static void normalizations() {
        put(kind("batch_norm")
                .noPrimary()
                .optional("epsilon", epsilon(), 1e-5)
                .optional("momentum", number(0, 1), 0.1)
                .optional("frozen", flag(), false)
                .makes((d, s) -> new BatchNorm(d.number("epsilon"), d.number("momentum"), d.flag("frozen"))));
        put(kind("layer_norm")
                .noPrimary()
                .optional("axis", integer(1, 4), 1)
                .optional("epsilon", epsilon(), 1e-5)
                .makes((d, s) -> new LayerNorm(d.integer("axis"), d.number("epsilon"))));
        put(kind("group_norm")
                .required("groups", integer(1, AttributeType.MAX))
                .optional("epsilon", epsilon(), 1e-5)
                .makes((d, s) -> new GroupNorm(d.integer("groups"), d.number("epsilon"))));
        put(kind("instance_norm")
                .noPrimary()
                .optional("epsilon", epsilon(), 1e-5)
                .makes((d, s) -> new GroupNorm(0, d.number("epsilon"))));
    }

    private static void activations() {
        for (Activation.Kind k : Activation.Kind.values()) {
            String word = k.name().toLowerCase(Locale.ROOT);
            switch (k) {
                case LEAKY_RELU ->
                    put(kind(word)
                            .optional("slope", any(), 0.01)
                            .makes((d, s) -> new Elementwise(Activation.leakyRelu(d.number("slope")))));
                case ELU ->
                    put(kind(word)
                            .optional("alpha", any(), 1.0)
                            .makes((d, s) -> new Elementwise(Activation.elu(d.number("alpha")))));
                default -> put(kind(word).noPrimary().makes((d, s) -> new Elementwise(Activation.of(k))));
            }
        }
        put(kind("prelu")
                .noPrimary()
                .optional("per_channel", flag(), false)
                .optional("slope", any(), 0.25)
                .makes((d, s) -> new PRelu(d.flag("per_channel"), d.number("slope"))));
        put(kind("softmax")
                .noPrimary()
                .optional("axis", integer(1, 4), 1)
                .makes((d, s) -> new Softmax(d.integer("axis"), false)));
        put(kind("log_softmax")
                .noPrimary()
                .optional("axis", integer(1, 4), 1)
                .makes((d, s) -> new Softmax(d.integer("axis"), true)));
        put(kind("dropout").optional("rate", rate(), 0.5).makes((d, s) -> new Dropout(d.number("rate"))));
    }

    private static void shapes() {
        put(kind("flatten").noPrimary().makes((d, s) -> new Flatten()));
        put(kind("reshape").required("shape", integers(-1)).makes((d, s) -> {
            List<Integer> shape = d.sizes("shape");
            if (shape.contains(0) || Collections.frequency(shape, -1) > 1) {
                throw new ModelException(
                        d.at().orElse(null),
                        "reshape: a dimension is at least 1, or -1 for what is left, once; got " + shape);
            }
            return new Reshape(shape);
        }));
        put(kind("transpose").required("order", integers(0)).makes((d, s) -> new Transpose(d.sizes("order"))));
        put(kind("pad")
                .required("padding", padding())
                .optional("mode", word(PADDING_MODES), "zeros")
                .optional("value", any(), 0.0)
                .makes((d, s) -> new Pad(d.border("padding"), paddingMode(d, "mode", "value"), d.number("value"))));
        put(kind("slice")
                .noPrimary()
                .required("axis", integer(1, 4))
                .optional("begin", integer(0, AttributeType.MAX), 0)
                .optional("end", signed(), 0)
                .makes((d, s) -> new Crop(d.integer("axis"), d.integer("begin"), d.integer("end"))));
    }

    private static void joins() {
        put(kind("add").required("with", names()).makes((d, s) -> new Join(Join.How.ADD, d.names("with"), 0)));
        put(kind("multiply")
                .required("with", names())
                .makes((d, s) -> new Join(Join.How.MULTIPLY, d.names("with"), 0)));
        put(kind("concat")
                .required("with", names())
                .optional("axis", integer(1, 4), 1)
                .makes((d, s) -> new Join(Join.How.CONCATENATE, d.names("with"), d.integer("axis"))));
    }

    private static void blocks() {
        put(kind("sequential")
                .required("layers", layers())
                .repeats()
                .makes((d, s) -> LayerTree.numbered(d.layers("layers"), s)));
        put(kind("residual")
                .required("body", layers())
                .optional("shortcut", layers(), null)
                .optional("activation", word(ACTIVATIONS), null)
                .repeats()
                .makes((d, s) -> new Residual(
                        LayerTree.numbered(d.layers("body"), s),
                        d.value("shortcut") == null
                                ? Optional.empty()
                                : Optional.of(LayerTree.numbered(d.layers("shortcut"), s)),
                        d.value("activation") == null ? Optional.empty() : Optional.of(activation(d)))));
        put(normalized(kind("basic_block").required("width", integer(1, AttributeType.MAX)), "relu")
                .makes((d, s) -> new ResidualBlock(
                        false, d.integer("width"), d.integer("stride"), 1, activation(d), norm(d), d.init(s))));
        put(normalized(kind("bottleneck").required("width", integer(1, AttributeType.MAX)), "relu")
                .optional("expansion", integer(1, 64), 4)
                .makes((d, s) -> new ResidualBlock(
                        true,
                        d.integer("width"),
                        d.integer("stride"),
                        d.integer("expansion"),
                        activation(d),
                        norm(d),
                        d.init(s))));
        put(normalized(kind("inverted_residual").required("width", integer(1, AttributeType.MAX)), "relu6")
                .optional("expansion", integer(1, 64), 6)
                .optional("kernel", integer(1, 31), 3)
                .makes((d, s) -> new InvertedResidual(
                        d.integer("width"),
                        d.integer("stride"),
                        d.integer("expansion"),
                        d.integer("kernel"),
                        activation(d),
                        norm(d),
                        d.init(s))));
    }

    /** What the blocks of residual networks share. */
    private static Drawing normalized(Drawing block, String activation) {
        return block.optional("stride", integer(1, 16), 1)
                .repeats()
                .optional("activation", word(ACTIVATIONS), activation)
                .optional("epsilon", epsilon(), 1e-5)
                .optional("momentum", number(0, 1), 0.1)
                .optional("init", initialization(), null);
    }

    private static Activation activation(LayerDescription d) {
        return Activation.of(Activation.Kind.valueOf(d.text("activation").toUpperCase(Locale.ROOT)));
    }

    private static BatchNorm norm(LayerDescription d) {
        return new BatchNorm(d.number("epsilon"), d.number("momentum"), false);
    }

    /** Every word, for suggestions. */
    static List<String> words() {
        return new ArrayList<>(TABLE.keySet());
    }
}
