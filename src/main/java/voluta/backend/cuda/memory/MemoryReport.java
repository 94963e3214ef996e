package voluta.backend.cuda.memory;

import java.util.Map;
import java.util.stream.Collectors;
import voluta.tensor.Bytes;

/**
 * The account of a memory manager at one moment.
 *
 * @param live bytes of open regions, as they were asked for
 * @param peak the most that was ever live
 * @param held bytes taken from the device: live bytes, padding, guard bands and free room in blocks
 * @param heldPeak the most that was ever held
 * @param allocations device allocations held
 * @param byPurpose live device bytes of each purpose, in alphabetical order
 * @param pinned bytes of open pinned host buffers
 * @param pinnedByPurpose pinned host bytes of each purpose, in alphabetical order
 */
public record MemoryReport(
        long live,
        long peak,
        long held,
        long heldPeak,
        int allocations,
        Map<String, Long> byPurpose,
        long pinned,
        Map<String, Long> pinnedByPurpose) {
    /** Purposes and their bytes in one line, or "nothing". */
    static String text(Map<String, Long> byPurpose) {
        if (byPurpose.isEmpty()) return "nothing";
        return byPurpose.entrySet().stream()
                .map(e -> e.getKey() + " " + Bytes.text(e.getValue()))
                .collect(Collectors.joining(", "));
    }
}
