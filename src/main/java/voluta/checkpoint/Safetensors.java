package voluta.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import voluta.checkpoint.SafetensorsHeader.Entry;
import voluta.tensor.HostTensor;

/**
 * Files of named tensors in the <a href="https://huggingface.co/docs/safetensors">safetensors</a> format: eight bytes of
 * little-endian header length, a JSON header padded with spaces so that the data begins at a multiple of eight, the
 * data. Nothing in such a file can run.
 *
 * <p>Writing replaces the file in one step ({@link AtomicFile}), goes tensor by tensor without a second copy, and adds
 * checksums to the metadata. Reading believes nothing and throws {@link CheckpointException} for whatever is wrong.
 */
public final class Safetensors {
    /** The longest header that is read or written, in bytes, as the format prescribes. */
    public static final int MAX_HEADER = 100_000_000;

    /** The key of the header under which the metadata stands; no tensor can have this name. */
    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON = new JsonFactory();
    private static final int ALIGNMENT = 8;

    private Safetensors() {}

    /** In which order tensors lie in a file. */
    public enum Order {
        /** The order of the map. */
        GIVEN,
        /** Widest elements first, then by name: every tensor begins at a multiple of its element size. */
        SORTED
    }

    /**
     * A file's tensors and metadata.
     *
     * @param metadata the metadata, checksums included
     * @param tensors by name, in the order of their data
     */
    public record Contents(Map<String, String> metadata, Map<String, HostTensor> tensors) {
        /** Copies the maps. */
        public Contents {
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
            tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        }
    }

    /** Writes tensors in the order of the map. */
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) {
        write(file, tensors, metadata, Order.GIVEN);
    }

    /**
     * Writes tensors and metadata; an existing file is replaced in one step. The same input gives the same bytes.
     * Nobody may change the tensors meanwhile: that is noticed and refused.
     *
     * @param metadata free texts, written sorted by key; checksums that came with a file read earlier are renewed
     * @throws CheckpointException if the file cannot be written; an existing one is then as it was
     */
    public static void write(Path file, Map<String, HostTensor> tensors, Map<String, String> metadata, Order order) {
        write(Disk.LOCAL, file, tensors, metadata, order);
    }

    static void write(
            Disk disk, Path file, Map<String, HostTensor> tensors, Map<String, String> metadata, Order order) {
        List<Map.Entry<String, HostTensor>> ordered = new ArrayList<>(tensors.entrySet());
        if (order == Order.SORTED) {
            ordered.sort(Comparator.<Map.Entry<String, HostTensor>>comparingInt(
                            e -> -e.getValue().type().dtype().bytes())
                    .thenComparing(Map.Entry::getKey));
        }
        int[] crcs = new int[ordered.size()];
        for (int i = 0; i < crcs.length; i++) crcs[i] = crc(ordered.get(i).getValue());
        byte[] header = header(file, ordered, metadata, crcs);
        long total = header.length;
        for (Map.Entry<String, HostTensor> e : ordered) {
            total = Math.addExact(total, e.getValue().type().plainBytes());
        }
        AtomicFile.write(disk, file, total, sink -> {
            sink.write(ByteBuffer.wrap(header));
            for (int i = 0; i < crcs.length; i++) {
                CRC32C crc = new CRC32C();
                forEachChunk(ordered.get(i).getValue(), chunk -> {
                    crc.update(chunk.duplicate());
                    sink.write(chunk);
                });
                if ((int) crc.getValue() != crcs[i]) {
                    throw new CheckpointException(
                            file,
                            "tensor " + Quote.text(ordered.get(i).getKey())
                                    + " was changed while it was being saved; pause what changes it until the save is over");
                }
            }
        });
    }

    /** Reads what a file holds without its data, which may be damaged. The metadata is checked. */
    public static SafetensorsHeader readHeader(Path file) {
        try (SafetensorsReader reader = open(file)) {
            return reader.header();
        }
    }

    /** Reads a whole file and checks it. */
    public static Contents read(Path file) {
        try (SafetensorsReader reader = open(file)) {
            Map<String, HostTensor> tensors = new LinkedHashMap<>();
            for (Entry e : reader.header().entries()) tensors.put(e.name(), reader.read(e.name()));
            return new Contents(reader.header().metadata(), tensors);
        }
    }

    /** Opens a file to read single tensors; the header is read and checked now. */
    public static SafetensorsReader open(Path file) {
        return SafetensorsReader.open(file);
    }

    /** The length prefix and the padded header. */
    private static byte[] header(
            Path file, List<Map.Entry<String, HostTensor>> tensors, Map<String, String> metadata, int[] crcs) {
        List<Entry> entries = new ArrayList<>();
        long at = 0;
        for (Map.Entry<String, HostTensor> t : tensors) {
            if (t.getKey().equals(METADATA)) {
                throw new CheckpointException(
                        file, "no tensor can be named " + METADATA + " in a safetensors file; rename it");
            }
            checkText(file, t.getKey());
            if (t.getValue().shape().rank() > HeaderParser.MAX_RANK) {
                throw new CheckpointException(
                        file,
                        "tensor " + Quote.text(t.getKey()) + " has more than " + HeaderParser.MAX_RANK
                                + " dimensions; reshape it");
            }
            long end = Math.addExact(at, t.getValue().type().plainBytes());
            String dtype = StoredType.of(t.getValue().type().dtype()).name();
            entries.add(new Entry(t.getKey(), dtype, t.getValue().type(), at, end));
            at = end;
        }
        Map<String, String> all = new TreeMap<>(metadata);
        all.forEach((key, value) -> {
            checkText(file, key);
            checkText(file, value);
        });
        all.put(Checksums.DATA, Checksums.format(crcs));
        all.put(Checksums.HEADER, Checksums.ofHeader(all, entries));
        checkCount(file, "tensors", entries.size(), HeaderParser.MAX_TENSORS);
        checkCount(file, "metadata entries", all.size(), HeaderParser.MAX_METADATA);
        byte[] json = json(all, entries);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        checkCount(file, "header bytes", padded, MAX_HEADER);
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) header.put((byte) ' ');
        return header.array();
    }

    private static void checkCount(Path file, String what, int count, int most) {
        if (count > most) {
            throw new CheckpointException(
                    file,
                    count + " " + what + " are more than the " + most + " that a safetensors file may have; split it");
        }
    }

    private static void checkText(Path file, String text) {
        if (!HeaderParser.isWellFormed(text)) {
            throw new CheckpointException(
                    file,
                    "the text " + Quote.text(text)
                            + " holds half of a surrogate pair, which UTF-8 cannot store; change it");
        }
    }

    private static byte[] json(Map<String, String> metadata, List<Entry> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeObjectFieldStart(METADATA);
            for (Map.Entry<String, String> m : metadata.entrySet()) json.writeStringField(m.getKey(), m.getValue());
            json.writeEndObject();
            for (Entry e : entries) {
                json.writeObjectFieldStart(e.name());
                json.writeStringField("dtype", e.storedDtype());
                json.writeFieldName("shape");
                long[] dims = e.type().shape().dims();
                json.writeArray(dims, 0, dims.length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {e.begin(), e.end()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a byte array refused bytes", e);
        }
        return bytes.toByteArray();
    }

    private static int crc(HostTensor tensor) {
        CRC32C crc = new CRC32C();
        try {
            forEachChunk(tensor, crc::update);
        } catch (IOException e) {
            throw new UncheckedIOException("a checksum refused bytes", e);
        }
        return (int) crc.getValue();
    }

    private interface ChunkUser {
        void accept(ByteBuffer chunk) throws IOException;
    }

    /** The bytes of a tensor as they are in a file, a piece at a time. */
    private static void forEachChunk(HostTensor tensor, ChunkUser user) throws IOException {
        ByteBuffer bytes = tensor.bytes();
        int element = tensor.type().dtype().bytes();
        // By the chunk's own length: a whole one beyond the end of the largest tensors would overflow.
        for (int at = 0, length; at < bytes.capacity(); at += length) {
            length = Math.min(AtomicFile.CHUNK, bytes.capacity() - at);
            ByteBuffer chunk = bytes.slice(at, length);
            user.accept(Elements.littleEndian(chunk, element, ByteOrder.nativeOrder()));
        }
    }
}
