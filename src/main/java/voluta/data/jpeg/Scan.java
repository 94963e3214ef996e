package voluta.data.jpeg;

/** Decodes the blocks of one scan (T.81, annexes F and G). */
final class Scan {
    /** The place in natural order of each coefficient in the order of the file. */
    static final int[] NATURAL = {
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
        21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
        61, 54, 47, 55, 62, 63
    };

    /** For coefficients that are dequantized later. */
    private static final int[] AS_THEY_ARE = new int[64];

    static {
        java.util.Arrays.fill(AS_THEY_ARE, 1);
    }

    private final BitReader in = new BitReader();
    private final InverseTransform transform = new InverseTransform();
    private final int[] block = new int[64];
    private final HuffmanTable[] dcTables;
    private final HuffmanTable[] acTables;
    private final Area area;
    private final Pixels pixels;

    boolean progressive;
    /** Whether coefficients are kept until all scans have been read, instead of being transformed at once. */
    boolean keeps;
    /** The coefficients that a progressive scan brings, and the bits of them. */
    int first;

    int last;
    int high;
    int low;
    int restartInterval;

    /** How many more blocks a progressive scan says nothing about. */
    private int endOfBand;

    Scan(HuffmanTable[] dcTables, HuffmanTable[] acTables, Area area, Pixels pixels) {
        this.area = area;
        this.pixels = pixels;
        this.dcTables = dcTables;
        this.acTables = acTables;
    }

    /**
     * @param components those of the scan
     * @param unitsWide units in a row of the picture's interleaved order, and in a column
     * @param deadline in terms of System.nanoTime
     * @return the position behind the scan
     */
    int decode(byte[] data, int from, int end, Component[] components, int unitsWide, int unitsHigh, long deadline)
            throws JpegException {
        in.start(data, from, end);
        restart(components);
        Component only = components.length == 1 ? components[0] : null;
        int wide = only == null ? unitsWide : (only.width + 7) / 8;
        int high = only == null ? unitsHigh : (only.height + 7) / 8;
        int left = restartInterval, marker = 0;
        for (int y = 0; y < high; y++) {
            checkTime(deadline);
            for (int x = 0; x < wide; x++) {
                if (restartInterval > 0 && left-- == 0) {
                    in.begin(restartMarker(data, end, marker++ & 7));
                    restart(components);
                    left = restartInterval - 1;
                }
                if (only != null) block(only, x, y, keeps || area.needs(x, y));
                else unit(components, x, y);
            }
            in.checkOverrun();
            if (!keeps && y >= area.firstUnitRow && y <= area.lastUnitRow) pixels.unitRow(y);
        }
        return in.finish();
    }

    private int restartMarker(byte[] data, int end, int number) throws JpegException {
        int at = in.finish();
        if (at >= end) throw JpegException.cutShort();
        if ((data[at + 1] & 0xff) != 0xd0 + number) throw JpegException.damaged("a restart marker is missing");
        return at + 2;
    }

    private void restart(Component[] components) {
        for (Component c : components) c.predictor = 0;
        endOfBand = 0;
    }

    private void unit(Component[] components, int x, int y) throws JpegException {
        for (Component c : components) {
            for (int v = 0; v < c.vertical; v++) {
                for (int h = 0; h < c.horizontal; h++)
                    block(c, x * c.horizontal + h, y * c.vertical + v, area.needs(x, y));
            }
        }
    }

    private void block(Component c, int x, int y, boolean needed) throws JpegException {
        if (!progressive) {
            sequential(c, x, y, needed);
            return;
        }
        int at = 64 * (y * c.blocksWide + x);
        if (first == 0) {
            if (high == 0) dcFirst(c, at);
            else if (in.take(1) != 0) c.coefficients[at] |= (short) (1 << low);
        } else if (high == 0) {
            acFirst(c, at);
        } else {
            acRefine(c, at);
        }
    }

    private void sequential(Component c, int x, int y, boolean needed) throws JpegException {
        int size = in.symbol(dcTables[c.dcTable]);
        if (size > 11) throw in.bad();
        if (size > 0) c.predictor += HuffmanTable.extend(in.take(size), size);
        HuffmanTable table = acTables[c.acTable];
        if (!needed) {
            skip(table);
            return;
        }
        int[] b = block;
        java.util.Arrays.fill(b, 0);
        int[] q = keeps ? AS_THEY_ARE : c.quantization;
        b[0] = c.predictor * q[0];
        int places = coefficients(table, b, q);
        if (keeps) {
            int at = 64 * (y * c.blocksWide + x);
            for (int i = 0; i < 64; i++) c.coefficients[at + i] = (short) b[i];
        } else {
            transform(c, x, y, places);
        }
    }

    /** Transforms {@code block} into a component's samples. */
    private void transform(Component c, int x, int y, int places) {
        transform.apply(block, places, c, c.row(8 * y), c.split ? 4 * x : 8 * x);
    }

    /** Decodes the coefficients behind the first one; gives the bits that occur in their places. Reader in local variables. */
    private int coefficients(HuffmanTable table, int[] b, int[] q) throws JpegException {
        BitReader in = this.in;
        int[] wholes = table.whole, natural = NATURAL;
        long bits = in.bits;
        int count = in.count, places = 0;
        for (int k = 1; k < 64; k++) {
            if (count < 32) {
                in.bits = bits;
                in.count = count;
                in.fill();
                bits = in.bits;
                count = in.count;
            }
            int whole = wholes[(int) (bits >>> (64 - HuffmanTable.LOOK))], value;
            if (whole != 0) {
                int length = whole & 0xff;
                bits <<= length;
                count -= length;
                k += (whole >> 8) & 0xff;
                value = whole >> 16;
            } else {
                int found = table.find((int) (bits >>> 48)),
                        length = found >> 8,
                        run = found >> 4 & 15,
                        size = found & 15;
                if (found == 0) throw bad(bits, count);
                bits <<= length;
                count -= length;
                if (size == 0) {
                    if (run == 0) break;
                    if (run != 15) throw bad(bits, count);
                    k += 15;
                    if (k > 63) throw bad(bits, count);
                    continue;
                }
                value = HuffmanTable.extend((int) (bits >>> (64 - size)), size);
                bits <<= size;
                count -= size;
                k += run;
            }
            if (k > 63) throw bad(bits, count);
            int place = natural[k];
            b[place] = value * q[place];
            places |= place;
        }
        in.bits = bits;
        in.count = count;
        return places;
    }

    /** Goes over the coefficients behind the first one of a block that is not wanted: what is no code is found there too. */
    private void skip(HuffmanTable table) throws JpegException {
        BitReader in = this.in;
        short[] steps = table.steps;
        long bits = in.bits;
        int count = in.count, k = 1;
        while (k < 64) {
            if (count < 32) {
                in.bits = bits;
                in.count = count;
                in.fill();
                bits = in.bits;
                count = in.count;
            }
            int step = steps[(int) (bits >>> (64 - HuffmanTable.LOOK))];
            if (step == 0) step = table.longStep((int) (bits >>> 48));
            if (step == 0) throw bad(bits, count);
            int length = step & 0xff;
            bits <<= length;
            count -= length;
            k += step >> 8;
        }
        // The end of a block counts as a step beyond all others.
        if (k > 64 && k < HuffmanTable.END) throw bad(bits, count);
        in.bits = bits;
        in.count = count;
    }

    private JpegException bad(long bits, int count) {
        in.bits = bits;
        in.count = count;
        return in.bad();
    }

    private void dcFirst(Component c, int at) throws JpegException {
        int size = in.symbol(dcTables[c.dcTable]);
        if (size > 11) throw in.bad();
        if (size > 0) c.predictor += HuffmanTable.extend(in.take(size), size);
        c.coefficients[at] = (short) (c.predictor << low);
    }

    private void acFirst(Component c, int at) throws JpegException {
        if (endOfBand > 0) {
            endOfBand--;
            return;
        }
        HuffmanTable table = acTables[c.acTable];
        for (int k = first; k <= last; k++) {
            int symbol = in.symbol(table), run = symbol >> 4, size = symbol & 15;
            if (size == 0) {
                if (run < 15) {
                    endOfBand = (1 << run) - 1;
                    if (run > 0) endOfBand += in.take(run);
                    return;
                }
                k += 15;
                continue;
            }
            k += run;
            int value = HuffmanTable.extend(in.take(size), size);
            if (k > last) throw in.bad();
            c.coefficients[at + NATURAL[k]] = (short) (value << low);
        }
    }

    private void acRefine(Component c, int at) throws JpegException {
        int k = first;
        if (endOfBand == 0) {
            HuffmanTable table = acTables[c.acTable];
            while (k <= last) {
                int symbol = in.symbol(table), run = symbol >> 4, size = symbol & 15;
                int value = 0;
                if (size == 0) {
                    if (run < 15) {
                        endOfBand = 1 << run;
                        if (run > 0) endOfBand += in.take(run);
                        break;
                    }
                } else {
                    if (size != 1) throw in.bad();
                    value = in.take(1) != 0 ? 1 << low : -1 << low;
                }
                k = refine(c, at, k, run);
                if (value != 0) {
                    if (k > last) throw in.bad();
                    c.coefficients[at + NATURAL[k]] = (short) value;
                }
                k++;
            }
        }
        if (endOfBand > 0) {
            refine(c, at, k, 64);
            endOfBand--;
        }
    }

    /** Adds a bit to the coefficients that are not 0, and goes over so many that are; gives the place of the next one that is. */
    private int refine(Component c, int at, int from, int zeros) {
        short[] coefficients = c.coefficients;
        int bit = 1 << low;
        int k = from;
        for (; k <= last; k++) {
            int place = at + NATURAL[k], v = coefficients[place];
            if (v == 0) {
                if (zeros-- == 0) break;
            } else if (in.take(1) != 0 && (Math.abs(v) & bit) == 0) {
                coefficients[place] += (short) (v > 0 ? bit : -bit);
            }
        }
        return k;
    }

    /** Transforms the coefficients that were kept. */
    void transform(Component[] components, long deadline) throws JpegException {
        for (int row = area.firstUnitRow; row <= area.lastUnitRow; row++) {
            checkTime(deadline);
            for (Component c : components) {
                for (int y = row * c.vertical; y < (row + 1) * c.vertical; y++) {
                    for (int x = area.firstUnit * c.horizontal; x < (area.lastUnit + 1) * c.horizontal; x++)
                        kept(c, x, y);
                }
            }
            pixels.unitRow(row);
        }
    }

    private void kept(Component c, int x, int y) {
        int at = 64 * (y * c.blocksWide + x), places = 0;
        for (int i = 0; i < 64; i++) {
            int v = c.coefficients[at + i];
            block[i] = v * c.quantization[i];
            if (v != 0) places |= i;
        }
        transform(c, x, y, places);
    }

    private static void checkTime(long deadline) throws JpegException {
        if (System.nanoTime() - deadline > 0) throw new JpegException(JpegException.Kind.TOO_SLOW, "the time is up");
    }
}
