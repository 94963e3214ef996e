package voluta.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import voluta.tensor.HostTensor;

/**
 * What Voluta saves: a model's weights, what is needed to use it, where the run stands, and what the run keeps besides
 * the weights. One safetensors file; other programs find the weights under their own names, and all else either in the
 * metadata, under names that begin with {@code voluta.}, or as tensors named {@code GROUP/NAME}.
 *
 * @param model what the weights belong to
 * @param run where the run stands
 * @param weights parameters and running statistics by name
 * @param state other tensors: first by group, for instance {@code optimizer} or {@code ema}, then by name
 */
public record Checkpoint(
        ModelDescription model,
        RunState run,
        Map<String, HostTensor> weights,
        Map<String, Map<String, HostTensor>> state) {
    /** The group of the optimizer's tensors. */
    public static final String OPTIMIZER = "optimizer";

    /** Copies the maps; the tensors are shared. A group without tensors is left out. */
    public Checkpoint {
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        Map<String, Map<String, HostTensor>> groups = new LinkedHashMap<>();
        state.forEach((group, tensors) -> {
            if (group.isEmpty() || group.contains("/")) {
                throw new IllegalArgumentException("a group of state needs a name without '/', got '" + group + "'");
            }
            if (!tensors.isEmpty()) groups.put(group, Collections.unmodifiableMap(new LinkedHashMap<>(tensors)));
        });
        state = Collections.unmodifiableMap(groups);
    }

    /** The model and the run of a checkpoint, without its tensors. */
    public record Description(ModelDescription model, RunState run) {}

    /** The tensors of a group of state; none if it is not there. */
    public Map<String, HostTensor> state(String group) {
        return state.getOrDefault(group, Map.of());
    }

    /**
     * Writes this checkpoint; an existing file is replaced in one step, and only once the new one is on the disk.
     *
     * @throws CheckpointException if it cannot be written; an existing file is then as it was
     */
    public void save(Path file) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>(weights);
        for (String name : weights.keySet()) {
            for (String group : state.keySet()) {
                if (name.startsWith(group + "/")) {
                    throw new CheckpointException(
                            file,
                            "the weight " + Quote.text(name) + " has the name of a tensor of group " + group
                                    + "; rename the layer");
                }
            }
        }
        state.forEach((group, members) -> members.forEach((name, tensor) -> tensors.put(group + "/" + name, tensor)));
        Safetensors.write(file, tensors, CheckpointMetadata.write(model, run, state.keySet()), Safetensors.Order.GIVEN);
    }

    /**
     * Reads a checkpoint and checks all of it.
     *
     * @throws CheckpointException if it is damaged, not from Voluta, or from a newer Voluta
     */
    public static Checkpoint load(Path file) {
        try (SafetensorsReader reader = Safetensors.open(file)) {
            CheckpointMetadata metadata =
                    CheckpointMetadata.read(file, reader.header().metadata());
            Map<String, HostTensor> weights = new LinkedHashMap<>();
            Map<String, Map<String, HostTensor>> state = new LinkedHashMap<>();
            for (SafetensorsHeader.Entry e : reader.header().entries()) {
                String name = e.name();
                String group = name.substring(0, Math.max(0, name.indexOf('/')));
                if (metadata.groups().contains(group)) {
                    state.computeIfAbsent(group, g -> new LinkedHashMap<>())
                            .put(name.substring(group.length() + 1), reader.read(name));
                } else {
                    weights.put(name, reader.read(name));
                }
            }
            return new Checkpoint(metadata.model(), metadata.run(), weights, state);
        }
    }

    /** Reads what a checkpoint says about its model and its run, without the tensors. */
    public static Description describe(Path file) {
        CheckpointMetadata metadata =
                CheckpointMetadata.read(file, Safetensors.readHeader(file).metadata());
        return new Description(metadata.model(), metadata.run());
    }

    /**
     * Reads the weights alone, without the tensors of state: of a checkpoint, or of a safetensors file of any other
     * origin, whose tensors all count as weights.
     */
    public static Map<String, HostTensor> loadWeights(Path file) {
        try (SafetensorsReader reader = Safetensors.open(file)) {
            Map<String, String> metadata = reader.header().metadata();
            var groups = CheckpointMetadata.isCheckpoint(metadata)
                    ? CheckpointMetadata.read(file, metadata).groups()
                    : Collections.<String>emptySet();
            Map<String, HostTensor> weights = new LinkedHashMap<>();
            for (SafetensorsHeader.Entry e : reader.header().entries()) {
                String name = e.name();
                if (!groups.contains(name.substring(0, Math.max(0, name.indexOf('/')))))
                    weights.put(name, reader.read(name));
            }
            return weights;
        }
    }
}
