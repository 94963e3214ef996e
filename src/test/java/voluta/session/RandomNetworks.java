package voluta.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.nn.Mode;
import voluta.tensor.VolutaException;

/**
 * Draws small networks that nobody would think of: layers of nearly every kind in any order, with branches that are read
 * twice, joined, or left. A layer that does not fit what is there is drawn again.
 */
final class RandomNetworks {
    private static final String HEAD = "name: drawn\ninput: [%d, %d, %d]\n";
    private static final int MOST_UNITS = 8000;

    private final Random random;
    private final List<String> lines = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    private RandomNetworks(long seed) {
        random = new Random(seed);
    }

    /** A network over numbers with three classes. */
    static Network draw(long seed) {
        return new RandomNetworks(seed).network();
    }

    private Network network() {
        String head =
                String.format(Locale.ROOT, HEAD, 1 + random.nextInt(4), 5 + random.nextInt(6), 6 + random.nextInt(6));
        int wanted = 2 + random.nextInt(8);
        for (int trial = 0; trial < 60 && lines.size() < wanted; trial++) {
            String name = "n" + lines.size();
            lines.add("  - " + layer(name) + "\n");
            if (fits(head + "layers:\n" + String.join("", lines))) names.add(name);
            else lines.remove(lines.size() - 1);
        }
        return network(head + "classes: 3\nlayers:\n" + String.join("", lines) + "  - flatten\n  - linear: classes\n");
    }

    private static Network network(String yaml) {
        return Network.of(NetworkDescription.parse(yaml, "drawn.yaml")).withFloats();
    }

    private static boolean fits(String yaml) {
        try {
            network(yaml).forward(Mode.TRAINING, SmallTraining.BATCH);
            var logits =
                    network(yaml).forward(Mode.INFERENCE, SmallTraining.BATCH).output(Network.LOGITS);
            return logits.type().elements() < MOST_UNITS;
        } catch (VolutaException e) {
            return false;
        }
    }

    private String any(String... of) {
        return of[random.nextInt(of.length)];
    }

    private String earlier() {
        return names.isEmpty() ? "nothing" : names.get(random.nextInt(names.size()));
    }

    private String layer(String name) {
        String from = random.nextInt(8) == 0 ? ", from: " + earlier() : "";
        String drawn = drawn();
        int colon = drawn.indexOf(": {");
        return colon < 0
                ? drawn + ": {name: " + name + from + "}"
                : drawn.substring(0, colon + 3) + "name: " + name + from + ", " + drawn.substring(colon + 3);
    }

    private String drawn() {
        return switch (random.nextInt(16)) {
            case 0, 1, 2 ->
                "conv: {filters: " + any("2", "4", "8", "16") + ", kernel: " + any("1", "2", "3", "[1, 3]")
                        + ", stride: " + any("1", "1", "2", "[2, 1]")
                        + ", padding: " + any("0", "1", "same", "[[0, 1], [1, 0]]")
                        + ", padding_mode: " + any("zeros", "zeros", "zeros", "reflect", "replicate", "circular")
                        + ", dilation: " + any("1", "1", "2") + ", groups: " + any("1", "1", "2", "channels")
                        + ", bias: " + any("true", "false") + "}";
            case 3 ->
                "conv_transpose: {filters: " + any("2", "4") + ", kernel: " + any("2", "3") + ", stride: "
                        + any("1", "2") + ", bias: " + any("true", "false") + "}";
            case 4, 5 ->
                any(
                        "batch_norm",
                        "batch_norm: {momentum: 1}",
                        "batch_norm: {frozen: true}",
                        "instance_norm",
                        "group_norm: {groups: 2}",
                        "layer_norm",
                        "layer_norm: {axis: 2}");
            case 6 ->
                any("max_pool", "avg_pool") + ": {kernel: " + any("2", "3") + ", stride: " + any("1", "2", "3")
                        + ", padding: " + any("0", "1", "same") + ", ceil_mode: " + any("true", "false") + "}";
            case 7 -> any("adaptive_avg_pool", "adaptive_max_pool") + ": {output: " + any("2", "[2, 3]", "7") + "}";
            case 8 -> any("dropout: {rate: 0.5}", "prelu: {per_channel: true}", "prelu", "filter: {matrix: sobel_x}");
            case 9 -> "pad: {padding: " + any("1", "[0, 1]", "[[1, 0], [0, 2]]") + "}";
            case 10 -> any("transpose: {order: [0, 1, 3, 2]}", "transpose: {order: [0, 2, 1, 3]}", "log_softmax");
            case 11 -> "slice: {axis: " + any("1", "2", "3") + ", begin: " + any("0", "1") + "}";
            case 12, 13 -> any("add", "multiply", "concat") + ": {with: [" + earlier() + "]}";
            case 14 ->
                any(
                        "basic_block: {width: 4, stride: 2}",
                        "basic_block: {width: 4, repeat: 2}",
                        "inverted_residual: {width: 4, expansion: 2}",
                        "residual: {body: [{conv: {filters: 4, padding: 1}}, batch_norm], activation: relu}");
            default -> any("relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh", "hardswish", "softplus");
        };
    }
}
