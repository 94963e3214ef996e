package voluta.report;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * One record of an event file: TensorFlow's {@code Event} message in the framing of its record files.
 *
 * <pre>
 * u64 length | u32 masked CRC-32C of the length | message | u32 masked CRC-32C of the message     (little endian)
 *
 * Event      1 double wall_time   2 int64 step   3 string file_version   5 Summary   7 SessionLog
 * Summary    1 repeated Value     Value: 1 string tag   2 float simple_value
 * SessionLog 1 enum status        START is 1
 * </pre>
 */
final class EventRecord {
    private static final int VARINT = 0, FIXED_64 = 1, LENGTH = 2, FIXED_32 = 5;
    private static final int CRC_MASK = 0xa282ead8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private EventRecord() {}

    /** What a file begins with. */
    static ByteBuffer version(double seconds) {
        return event(seconds, 0).text(3, "brain.Event:2").framed();
    }

    /** From here on, events of this and later steps in earlier files do not count. */
    static ByteBuffer restart(double seconds, long step) {
        return event(seconds, step).message(7, new EventRecord().number(1, 1)).framed();
    }

    static ByteBuffer scalars(double seconds, long step, Map<String, Double> values) {
        EventRecord summary = new EventRecord();
        values.forEach((tag, value) ->
                summary.message(1, new EventRecord().text(1, tag).float32(2, value.floatValue())));
        return event(seconds, step).message(5, summary).framed();
    }

    private static EventRecord event(double seconds, long step) {
        EventRecord event = new EventRecord();
        event.key(1, FIXED_64).little(Double.doubleToLongBits(seconds), Long.BYTES);
        return event.number(2, step);
    }

    private EventRecord key(int field, int kind) {
        return varint((long) field << 3 | kind);
    }

    private EventRecord number(int field, long value) {
        return key(field, VARINT).varint(value);
    }

    private EventRecord float32(int field, float value) {
        return key(field, FIXED_32).little(Float.floatToIntBits(value), Integer.BYTES);
    }

    private EventRecord text(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private EventRecord message(int field, EventRecord message) {
        return bytes(field, message.bytes.toByteArray());
    }

    private EventRecord bytes(int field, byte[] content) {
        key(field, LENGTH).varint(content.length);
        bytes.writeBytes(content);
        return this;
    }

    private EventRecord varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
        return this;
    }

    private EventRecord little(long value, int count) {
        for (int i = 0; i < count; i++) bytes.write((int) (value >>> 8 * i));
        return this;
    }

    private ByteBuffer framed() {
        byte[] message = bytes.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(2 * Long.BYTES + message.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(message.length);
        record.putInt(checksum(record.array(), 0, Long.BYTES));
        record.put(message);
        record.putInt(checksum(message, 0, message.length));
        return record.flip();
    }

    private static int checksum(byte[] of, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(of, from, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
    }
}
