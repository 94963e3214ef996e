package voluta.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Spoils good inputs as damaged disks, broken downloads and attackers do. The same random numbers give the same inputs. */
final class Mutator {
    private static final long[] TELLING = {
        0, 1, -1, 127, 128, 255, 32767, 32768, 65535, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE
    };

    private final List<byte[]> seeds;
    private final Random random;

    Mutator(List<byte[]> seeds, Random random) {
        this.seeds = seeds;
        this.random = random;
    }

    byte[] next() {
        byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
        for (int n = 1 + random.nextInt(4); n > 0; n--) input = spoiled(input);
        return input;
    }

    private byte[] spoiled(byte[] in) {
        if (in.length == 0) return new byte[] {(byte) random.nextInt()};
        int at = random.nextInt(in.length);
        switch (random.nextInt(7)) {
            case 0 -> in[at] = (byte) random.nextInt();
            case 1 -> in[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                return Arrays.copyOf(in, at);
            }
            case 3 -> number(in, at);
            case 4 -> { // A part comes twice.
                byte[] longer = Arrays.copyOf(in, in.length + random.nextInt(in.length - at) % 4096);
                System.arraycopy(in, at, longer, at + longer.length - in.length, in.length - at);
                return longer;
            }
            case 5 -> { // A part is lost.
                int cut = 1 + random.nextInt(Math.min(64, in.length - at));
                byte[] shorter = Arrays.copyOf(in, in.length - cut);
                System.arraycopy(in, at + cut, shorter, at, in.length - at - cut);
                return shorter;
            }
            default -> { // A part of another one.
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                if (other.length == 0) return in;
                int from = random.nextInt(other.length);
                System.arraycopy(other, from, in, at, Math.min(in.length - at, other.length - from) % 256);
            }
        }
        return in;
    }

    /** Lengths and counts at their limits, in either order of bytes. */
    private void number(byte[] in, int at) {
        long value = TELLING[random.nextInt(TELLING.length)];
        int bytes = Math.min(in.length - at, 1 << random.nextInt(4));
        boolean little = random.nextBoolean();
        for (int i = 0; i < bytes; i++) in[at + i] = (byte) (value >> 8 * (little ? i : bytes - 1 - i));
    }
}
