package voluta.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.tensor.TensorType;

/**
 * What a safetensors file says about itself before its data.
 *
 * @param metadata the {@code __metadata__} entries, in the order of the file; empty if it has none
 * @param entries the tensors in the order of their data, without gaps
 * @param dataStart the position in the file of the first data byte
 */
public record SafetensorsHeader(Map<String, String> metadata, List<Entry> entries, long dataStart) {
    /** Copies the collections. */
    public SafetensorsHeader {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        entries = List.copyOf(entries);
    }

    /**
     * One tensor.
     *
     * @param name unique in the file
     * @param storedDtype its element type as the file names it
     * @param type what it is when read: F16 becomes F32, all else stays
     * @param begin first byte, counted from {@link SafetensorsHeader#dataStart}
     * @param end one past the last byte
     */
    public record Entry(String name, String storedDtype, TensorType type, long begin, long end) {
        /** Bytes in the file. */
        public long bytes() {
            return end - begin;
        }
    }

    /** The tensor with this name, if there is one. */
    public Optional<Entry> find(String name) {
        return entries.stream().filter(e -> e.name().equals(name)).findFirst();
    }

    /** Bytes of all tensors together. */
    public long dataBytes() {
        return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).end();
    }
}
