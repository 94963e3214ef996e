package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import voluta.tensor.Philox;

/**
 * Small data sets that are made up, to try networks of one and of three dimensions on: waves of four forms as a CSV file, and
 * bodies of four forms as NumPy files. Same kind, same bytes, on every machine. Noise makes them uneasy enough that a network
 * has something to learn.
 */
public enum ExampleData {
    /** Sines, squares, saw teeth and chirps of random pitch, place and size in noise: 128 numbers, 800 and 200 of them. */
    SIGNAL(List.of("chirp", "sawtooth", "sine", "square"), 800, 200),
    /** Balls, boxes, hollow balls and crosses of random size and place in noise: 16x16x16 numbers, 320 and 80 of them. */
    VOLUME(List.of("ball", "box", "cross", "shell"), 320, 80);
    private static final int LENGTH = 128, SIDE = 16;
    private static final double SIGNAL_NOISE = 0.35, VOLUME_NOISE = 0.4;

    private final List<String> classes;
    private final int training;
    private final int validation;

    ExampleData(List<String> classes, int training, int validation) {
        this.classes = classes;
        this.training = training;
        this.validation = validation;
    }

    /**
     * Makes both splits.
     *
     * @param files gets each file: its path within the data set, with slashes, and its content
     */
    public void make(BiConsumer<String, byte[]> files) {
        split("train", 0, training, files);
        split("validation", training, validation, files);
    }

    private void split(String name, int first, int count, BiConsumer<String, byte[]> files) {
        StringBuilder table = new StringBuilder("label");
        for (int i = 0; i < LENGTH; i++) table.append(",t").append(i);
        table.append('\n');
        for (int i = first; i < first + count; i++) {
            String kind = classes.get(i % classes.size());
            Draws draws = new Draws(Philox.key(ordinal(), name()), i);
            if (this == SIGNAL) {
                table.append(kind);
                for (double v : signal(kind, draws)) table.append(String.format(Locale.ROOT, ",%.4f", v));
                table.append('\n');
            } else {
                String file = String.format(Locale.ROOT, "%s/%s/%04d.npy", name, kind, i);
                files.accept(file, npy(volume(kind, draws)));
            }
        }
        if (this == SIGNAL) files.accept(name + ".csv", table.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static double[] signal(String kind, Draws r) {
        double waves = 2 + 4 * r.uniform(), phase = r.uniform(), size = 0.6 + 0.8 * r.uniform();
        double[] values = new double[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            double t = (double) i / LENGTH, turn = waves * t + phase, part = turn - Math.floor(turn);
            double v = switch (kind) {
                case "sine" -> StrictMath.sin(2 * Math.PI * turn);
                case "square" -> part < 0.5 ? 1 : -1;
                case "sawtooth" -> 2 * part - 1;
                default -> StrictMath.sin(2 * Math.PI * (phase + waves * t * (0.4 + 1.2 * t)));
            };
            values[i] = size * v + SIGNAL_NOISE * r.normal();
        }
        return values;
    }

    private static float[] volume(String kind, Draws r) {
        double radius = 3.5 + 2 * r.uniform();
        double[] centre = new double[3];
        for (int d = 0; d < 3; d++) centre[d] = (SIDE - 1) / 2.0 + 3 * (r.uniform() - 0.5);
        float[] values = new float[SIDE * SIDE * SIDE];
        for (int i = 0; i < values.length; i++) {
            double z = Math.abs(i / (SIDE * SIDE) - centre[0]);
            double y = Math.abs(i / SIDE % SIDE - centre[1]), x = Math.abs(i % SIDE - centre[2]);
            double distance = Math.sqrt(x * x + y * y + z * z), farthest = Math.max(x, Math.max(y, z));
            boolean within = switch (kind) {
                case "ball" -> distance <= radius;
                case "box" -> farthest <= 0.8 * radius;
                case "shell" -> distance <= radius && distance >= radius - 1.6;
                default -> farthest <= radius && x + y + z - farthest <= 2;
            };
            values[i] = (float) ((within ? 1 : 0) + VOLUME_NOISE * r.normal());
        }
        return values;
    }

    /** Version 1.0 of NumPy's format, for one volume. */
    private static byte[] npy(float[] values) {
        String header = String.format(
                Locale.ROOT, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d), }", SIDE, SIDE, SIDE);
        int padded = 118;
        ByteBuffer b =
                ByteBuffer.allocate(10 + padded + values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        b.putShort((short) padded);
        b.put((header + " ".repeat(padded - 1 - header.length()) + "\n").getBytes(StandardCharsets.US_ASCII));
        for (float v : values) b.putFloat(v);
        return b.array();
    }

    /** The random numbers of one sample. */
    private static final class Draws {
        private final long key;
        private final long sample;
        private final int[] block = new int[4];
        private int drawn;

        Draws(long key, long sample) {
            this.key = key;
            this.sample = sample;
        }

        /** Above 0 and below 1. */
        double uniform() {
            int lane = drawn & 3;
            if (lane == 0) Philox.block(key, drawn >>> 2, sample, block);
            drawn++;
            return ((block[lane] >>> 8) + 0.5) * 0x1p-24;
        }

        double normal() {
            return StrictMath.sqrt(-2 * StrictMath.log(uniform())) * StrictMath.cos(2 * Math.PI * uniform());
        }
    }
}
