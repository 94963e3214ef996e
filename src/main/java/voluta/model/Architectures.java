package voluta.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import voluta.tensor.Nearest;

/** The networks that come along. Each is a YAML text among the resources, and can be printed, copied and changed. */
public final class Architectures {
    private static final List<String> NAMES = List.of(
            "mlp", "lenet5", "vgg-small", "resnet20", "resnet32", "resnet56", "resnet18", "resnet50", "mobilenet_v2");

    private Architectures() {}

    /** All names. */
    public static List<String> names() {
        return NAMES;
    }

    /** The network of this name, for its usual input and classes; change them with {@code withInput}, {@code withClasses}. */
    public static NetworkDescription named(String name) {
        if (!NAMES.contains(name)) {
            throw new ModelException("unknown network " + name + Nearest.suggestion(name, NAMES)
                    + " A file is named by its path, as in my-net.yaml.");
        }
        String file = name + ".yaml";
        try (InputStream in = Architectures.class.getResourceAsStream(file)) {
            if (in == null) throw new IllegalStateException("the resource " + file + " is missing");
            return NetworkDescription.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A shipped network by its name, or the file at this path if it ends in {@code .yaml} or {@code .yml} or exists. */
    public static NetworkDescription find(String nameOrPath) {
        boolean file = nameOrPath.endsWith(".yaml") || nameOrPath.endsWith(".yml");
        if (file || !NAMES.contains(nameOrPath) && Files.isRegularFile(Path.of(nameOrPath))) {
            return NetworkDescription.read(Path.of(nameOrPath));
        }
        return named(nameOrPath);
    }
}
