package voluta.data.jpeg;

import java.util.Arrays;

/**
 * A Huffman code with tables to decode it: by the next {@value #LOOK} bits at once where a code is that short, and where the
 * number that follows it fits too, that number with it.
 */
final class HuffmanTable {
    /** The step that ends a block: beyond what any others come to. */
    static final int END = 100;
    /** Bits that are looked at together. */
    static final int LOOK = 11;

    /** As stored: 16 counts, then the symbols. Two tables with the same definition are the same table. */
    private final byte[] definition;
    /** By the next bits: length in bits 8 to 15, symbol below; 0 for a longer code. */
    final short[] look = new short[1 << LOOK];
    /**
     * For AC coefficients, by the next bits: value in the upper 16 bits, run in bits 8 to 15, bits to skip below; 0 where it
     * is not a code with its number, or does not fit.
     */
    final int[] whole = new int[1 << LOOK];
    /**
     * For AC coefficients that nobody wants, by the next bits: how many coefficients to go on in bits 8 to 14, bits to skip
     * below; 0 for a longer code and for one that cannot be.
     */
    final short[] steps = new short[1 << LOOK];
    /** The first code beyond those of a length, shifted left to 16 bits; by length. */
    private final int[] limits = new int[18];
    /** What is added to a code of a length to have its symbol's place. */
    private final int[] offsets = new int[17];

    private HuffmanTable(byte[] definition) {
        this.definition = definition;
    }

    boolean isDefinedBy(byte[] data, int from, int length) {
        return Arrays.equals(definition, 0, definition.length, data, from, from + length);
    }

    /**
     * @param from where the 16 counts are
     * @param length of counts and symbols
     */
    static HuffmanTable of(byte[] data, int from, int length) throws JpegException {
        HuffmanTable table = new HuffmanTable(Arrays.copyOfRange(data, from, from + length));
        int code = 0, place = 16;
        for (int bits = 1; bits <= 16; bits++) {
            table.offsets[bits] = place - code;
            int count = data[from + bits - 1] & 0xff;
            if (code + count > 1 << bits) throw JpegException.damaged("a Huffman code has too many words");
            for (int i = 0; i < count; i++) table.add(code++, bits, table.definition[place++] & 0xff);
            table.limits[bits] = code << (16 - bits);
            code <<= 1;
        }
        table.limits[17] = Integer.MAX_VALUE;
        table.fillWhole();
        return table;
    }

    private void add(int code, int bits, int symbol) {
        if (bits > LOOK) return;
        int first = code << (LOOK - bits);
        Arrays.fill(look, first, first + (1 << (LOOK - bits)), (short) (bits << 8 | symbol));
    }

    private void fillWhole() {
        for (int next = 0; next < whole.length; next++) {
            if (look[next] != 0) steps[next] = (short) step(look[next]);
            int length = look[next] >> 8, run = (look[next] >> 4) & 15, size = look[next] & 15;
            if (length == 0 || size == 0 || length + size > LOOK) continue;
            int bits = (next >> (LOOK - length - size)) & ((1 << size) - 1);
            whole[next] = extend(bits, size) << 16 | run << 8 | (length + size);
        }
    }

    private static int step(int found) {
        int length = found >> 8, run = found >> 4 & 15, size = found & 15;
        if (size == 0 && run > 0 && run < 15) return 0;
        return (found & 0xff) == 0 ? END << 8 | length : run + 1 << 8 | length + size;
    }

    /** What {@link #steps} would hold for a longer code. */
    int longStep(int next) {
        int found = longCode(next);
        return found == 0 ? 0 : step(found);
    }

    /**
     * Decodes a code.
     *
     * @param next the next 16 bits
     * @return length in bits 8 to 15, symbol below; 0 if there is no such code
     */
    int find(int next) {
        int found = look[next >>> (16 - LOOK)];
        return found != 0 ? found : longCode(next);
    }

    /** The number that {@code size} bits stand for (T.81, figure F.12). */
    static int extend(int bits, int size) {
        return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
    }

    /**
     * Decodes a code longer than {@value #LOOK} bits.
     *
     * @param next the next 16 bits
     * @return length in bits 8 to 15, symbol below; 0 if there is no such code
     */
    int longCode(int next) {
        int bits = LOOK + 1;
        while (next >= limits[bits]) bits++;
        if (bits > 16) return 0;
        return bits << 8 | definition[(next >> (16 - bits)) + offsets[bits]] & 0xff;
    }
}
