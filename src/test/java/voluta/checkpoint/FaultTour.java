package voluta.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Saves over an existing checkpoint while each single call on the disk fails in turn, in each way that calls fail. */
public final class FaultTour {
    private FaultTour() {}

    /**
     * What came of it.
     *
     * @param faults calls that were made to fail
     * @param reported saves that ended with a typed error
     * @param old files that were then the old content
     * @param renewed files that were the new content
     */
    public record Outcome(int faults, int reported, int old, int renewed) {}

    /** @throws AssertionError if a file is neither the old nor the new content, or an error has another type */
    public static Outcome run(Path folder) throws IOException {
        int faults = 0, reported = 0, old = 0, renewed = 0;
        Path file = folder.resolve("last.safetensors");
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            for (int n = 1; ; n++) {
                Safetensors.write(file, tensors(1), Map.of("content", "old"));
                FaultyDisk disk = new FaultyDisk(n, fault);
                boolean failed = false;
                try {
                    Safetensors.write(disk, file, tensors(2), Map.of("content", "new"), Safetensors.Order.GIVEN);
                } catch (CheckpointException e) {
                    failed = true;
                }
                if (disk.calls.size() < n) break; // fewer calls than that: all have had their turn
                faults++;
                if (failed) reported++;
                // Whatever happened, the file is whole: the checksums are looked at.
                String content = Safetensors.read(file).metadata().get("content");
                if (content.equals("new")) renewed++;
                else old++;
                if (!failed && content.equals("old")) throw new AssertionError("a save was lost in silence: call " + n);
                AtomicFile.cleanStale(folder);
            }
        }
        Files.delete(file);
        return new Outcome(faults, reported, old, renewed);
    }

    /** More than one write takes. */
    private static Map<String, HostTensor> tensors(float value) {
        HostTensor w = HostTensor.zeros(TensorType.f32(AtomicFile.CHUNK));
        ByteBuffer bytes = w.bytes();
        while (bytes.hasRemaining()) bytes.putFloat(value);
        return Map.of("w", w);
    }
}
