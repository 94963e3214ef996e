package voluta.data.jpeg;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * Decodes JPEG pictures, one after another; keeps its tables and buffers. For one thread.
 *
 * <pre>{@code
 * decoder.open(bytes, length);                   // reads the header: width(), height(), channels(), orientation()
 * byte[] pixels = new byte[decoder.channels() * decoder.width() * decoder.height()];
 * decoder.decode(pixels, System.nanoTime() + limit);
 * }</pre>
 */
public final class JpegDecoder {
    private static final int SOF0 = 0xc0, SOF1 = 0xc1, SOF2 = 0xc2, SOF15 = 0xcf, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc;
    private static final int RST0 = 0xd0, RST7 = 0xd7, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DQT = 0xdb, DRI = 0xdd;
    private static final int APP0 = 0xe0, APP1 = 0xe1, APP14 = 0xee, TEM = 0x01;
    /** The most blocks that a unit of interleaved components may have. */
    private static final int MOST_BLOCKS = 10;

    private final int[][] quantization = new int[4][64];
    private final boolean[] quantizationKnown = new boolean[4];
    private final HuffmanTable[] dcTables = new HuffmanTable[4];
    private final HuffmanTable[] acTables = new HuffmanTable[4];
    /** Which of them this picture has defined; others are left from earlier ones, in the hope to see them again. */
    private final boolean[] dcKnown = new boolean[4];

    private final boolean[] acKnown = new boolean[4];
    private final Component[] all = {new Component(), new Component(), new Component(), new Component()};
    private final Area area = new Area();
    private final Pixels pixels = new Pixels(area);
    private final Scan scan = new Scan(dcTables, acTables, area, pixels);

    private byte[] data;
    private int length;
    private int position;
    private int width;
    private int height;
    private Component[] components = {};
    private boolean progressive;
    private int orientation;
    private boolean jfif;
    private int adobeTransform;
    private int unitsWide;
    private int unitsHigh;
    private byte[] target;
    private boolean begun;

    /** Width in pixels, before it is turned. */
    public int width() {
        return width;
    }

    /** Height in pixels, before it is turned. */
    public int height() {
        return height;
    }

    /** 1 for grey, 3 for colour. */
    public int channels() {
        return components.length == 1 ? 1 : 3;
    }

    /** How the picture is to be turned, 1 to 8 as EXIF counts; 1 is not at all. */
    public int orientation() {
        return orientation;
    }

    /**
     * Reads the header. The bytes must not change until the picture has been decoded.
     *
     * @throws JpegException if it is damaged, or of a variety that this decoder does not know
     */
    public void open(byte[] bytes, int length) throws JpegException {
        data = bytes;
        this.length = length;
        components = new Component[0];
        orientation = 1;
        jfif = false;
        adobeTransform = -1;
        scan.restartInterval = 0;
        Arrays.fill(quantizationKnown, false);
        Arrays.fill(dcKnown, false);
        Arrays.fill(acKnown, false);
        if (length < 2 || (bytes[0] & 0xff) != 0xff || (bytes[1] & 0xff) != SOI) {
            throw JpegException.damaged("it does not begin like a JPEG");
        }
        position = 2;
        while (components.length == 0) {
            int marker = nextMarker();
            if (marker < 0) throw JpegException.cutShort();
            if (marker == SOS || marker == EOI) throw JpegException.damaged("it says nothing about its size");
            segment(marker);
        }
    }

    /**
     * Decodes the picture that was opened.
     *
     * @param out width x height pixels of {@link #channels} bytes are written: grey, or red, green and blue
     * @param deadline when to give up, in terms of {@link System#nanoTime}
     */
    public void decode(byte[] out, long deadline) throws JpegException {
        decode(0, 0, width, height, out, deadline);
    }

    /**
     * Decodes a part of the picture that was opened: the same pixels as if all were decoded, in less time. Damage elsewhere in
     * the picture is found all the same, so that it does not depend on the part.
     *
     * @param left first column, 0 to {@link #width} - 1
     * @param top first row
     * @param columns how many; the part lies within the picture
     * @param rows how many
     * @param out columns x rows pixels are written
     */
    public void decode(int left, int top, int columns, int rows, byte[] out, long deadline) throws JpegException {
        Objects.checkFromIndexSize(left, columns, width);
        Objects.checkFromIndexSize(top, rows, height);
        Objects.checkFromIndexSize(0, columns * rows * channels(), out.length);
        int unitWidth = 8, unitHeight = 8;
        for (Component c : components) {
            unitWidth = Math.max(unitWidth, 8 * c.horizontal);
            unitHeight = Math.max(unitHeight, 8 * c.vertical);
            c.seen = false;
        }
        area.set(left, top, columns, rows, unitWidth, unitHeight, unitsWide, unitsHigh);
        target = out;
        scan.keeps = progressive;
        begun = false;
        boolean ended = false;
        while (!ended) {
            int marker = nextMarker();
            if (marker == SOS) {
                scan(deadline);
            } else if (marker == EOI) {
                ended = true;
            } else if (marker >= 0) {
                if (frame(marker)) throw JpegException.damaged("it has a second frame");
                segment(marker);
            } else {
                // Without the mark at its end a sequential picture may still be whole; of a progressive one nobody
                // knows.
                if (progressive) throw JpegException.cutShort();
                ended = true;
            }
        }
        for (Component c : components) if (!c.seen) throw JpegException.cutShort();
        if (!scan.keeps) return;
        pixels.begin(components, height, colours(), out);
        scan.transform(components, deadline);
    }

    /** What the first scan shows: a sequential picture whose components come together is written at once, no other one is. */
    private void begin(int count) {
        begun = true;
        scan.keeps = progressive || count < components.length;
        for (Component c : components) c.prepare(scan.keeps);
        if (!scan.keeps) pixels.begin(components, height, colours(), target);
    }

    /** The next marker's code, or -1 at the end. */
    private int nextMarker() throws JpegException {
        if (position + 2 > length) return -1;
        if ((data[position] & 0xff) != 0xff) throw JpegException.damaged("there are bytes between its segments");
        while (position < length && (data[position] & 0xff) == 0xff) position++;
        return position < length ? data[position++] & 0xff : -1;
    }

    private static boolean frame(int marker) {
        return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
    }

    private void segment(int marker) throws JpegException {
        if (marker == TEM || (marker >= RST0 && marker <= SOI)) {
            throw JpegException.damaged(String.format(Locale.ROOT, "the marker %02x has no place there", marker));
        }
        if (position + 2 > length) throw JpegException.cutShort();
        int size = u16(position);
        if (size < 2) throw JpegException.damaged("a segment has a length of " + size);
        int from = position + 2, to = position + size;
        if (to > length) throw JpegException.cutShort();
        position = to;
        if (frame(marker)) {
            if (marker > SOF2) throw JpegException.unsupported("it is lossless, hierarchical or arithmetic-coded");
            frame(marker, from, to);
            return;
        }
        switch (marker) {
            case DHT -> huffmanTables(from, to);
            case DQT -> quantizationTables(from, to);
            case DRI -> {
                if (size != 4) throw JpegException.damaged("its restart interval is malformed");
                scan.restartInterval = u16(from);
            }
            case APP0 -> jfif |= startsWith(from, to, "JFIF\0");
            case APP1 -> {
                if (orientation == 1) orientation = Exif.orientation(data, from, to);
            }
            case APP14 -> {
                if (startsWith(from, to, "Adobe") && to - from >= 12) adobeTransform = data[from + 11] & 0xff;
            }
            case DAC -> throw JpegException.unsupported("it is arithmetic-coded");
            default -> {
                // Comments, thumbnails, colour profiles and what else programs leave there.
            }
        }
    }

    private boolean startsWith(int from, int to, String text) {
        if (to - from < text.length()) return false;
        for (int i = 0; i < text.length(); i++) if (data[from + i] != text.charAt(i)) return false;
        return true;
    }

    private int u16(int at) {
        return (data[at] & 0xff) << 8 | data[at + 1] & 0xff;
    }

    private void quantizationTables(int from, int to) throws JpegException {
        int at = from;
        while (at < to) {
            int precision = data[at] >> 4 & 15, number = data[at] & 15;
            at++;
            if (number > 3 || precision > 1 || at + 64 * (precision + 1) > to) {
                throw JpegException.damaged("a quantization table is malformed");
            }
            int[] table = quantization[number];
            for (int k = 0; k < 64; k++, at += precision + 1) {
                table[Scan.NATURAL[k]] = precision == 0 ? data[at] & 0xff : u16(at);
            }
            quantizationKnown[number] = true;
        }
    }

    private void huffmanTables(int from, int to) throws JpegException {
        int at = from;
        while (at < to) {
            int kind = data[at] >> 4 & 15, number = data[at] & 15;
            at++;
            if (kind > 1 || number > 3 || at + 16 > to) throw JpegException.damaged("a Huffman table is malformed");
            int size = 16;
            for (int i = 0; i < 16; i++) size += data[at + i] & 0xff;
            if (size > 16 + 256 || at + size > to) throw JpegException.damaged("a Huffman table is malformed");
            HuffmanTable[] tables = kind == 0 ? dcTables : acTables;
            if (tables[number] == null || !tables[number].isDefinedBy(data, at, size)) {
                tables[number] = HuffmanTable.of(data, at, size);
            }
            (kind == 0 ? dcKnown : acKnown)[number] = true;
            at += size;
        }
    }

    private void frame(int marker, int from, int to) throws JpegException {
        if (to - from < 6) throw JpegException.damaged("its frame header is malformed");
        int count = data[from + 5] & 0xff;
        if (to - from != 6 + 3 * count) throw JpegException.damaged("its frame header is malformed");
        if (data[from] != 8) throw JpegException.unsupported("it has " + data[from] + " bits per sample");
        if (count != 1 && count != 3 && count != 4) throw JpegException.unsupported("it has " + count + " components");
        progressive = marker == SOF2;
        height = u16(from + 1);
        width = u16(from + 3);
        if (height == 0) throw JpegException.unsupported("its height comes after its data");
        if (width == 0) throw JpegException.damaged("its width is 0");
        components = Arrays.copyOf(all, count);
        int mostH = 1, mostV = 1;
        for (int i = 0; i < count; i++) {
            Component c = components[i];
            int at = from + 6 + 3 * i;
            c.id = data[at] & 0xff;
            c.horizontal = data[at + 1] >> 4 & 15;
            c.vertical = data[at + 1] & 15;
            int table = data[at + 2] & 0xff;
            if (c.horizontal < 1 || c.horizontal > 4 || c.vertical < 1 || c.vertical > 4 || table > 3) {
                throw JpegException.damaged("its frame header is malformed");
            }
            c.quantizationTable = table;
            // A single component is its own measure.
            if (count == 1) c.horizontal = c.vertical = 1;
            mostH = Math.max(mostH, c.horizontal);
            mostV = Math.max(mostV, c.vertical);
        }
        unitsWide = (width + 8 * mostH - 1) / (8 * mostH);
        unitsHigh = (height + 8 * mostV - 1) / (8 * mostV);
        for (Component c : components) {
            c.width = (width * c.horizontal + mostH - 1) / mostH;
            c.height = (height * c.vertical + mostV - 1) / mostV;
            c.blocksWide = unitsWide * c.horizontal;
            c.blocksHigh = unitsHigh * c.vertical;
            c.split = mostH == 2 && c.horizontal == 2;
        }
    }

    private void scan(long deadline) throws JpegException {
        if (position + 3 > length) throw JpegException.cutShort();
        int size = u16(position), count = data[position + 2] & 0xff;
        if (position + size > length) throw JpegException.cutShort();
        if (count < 1 || count > components.length || size != 6 + 2 * count) {
            throw JpegException.damaged("its scan header is malformed");
        }
        int at = position + 3;
        Component[] some = new Component[count];
        int blocks = 0;
        for (int i = 0; i < count; i++, at += 2) {
            some[i] = component(data[at] & 0xff, some, i);
            some[i].dcTable = data[at + 1] >> 4 & 15;
            some[i].acTable = data[at + 1] & 15;
            blocks += some[i].horizontal * some[i].vertical;
        }
        if (count > 1 && blocks > MOST_BLOCKS) throw JpegException.damaged("its scan header is malformed");
        scan.progressive = progressive;
        scan.first = data[at] & 0xff;
        scan.last = data[at + 1] & 0xff;
        scan.high = data[at + 2] >> 4 & 15;
        scan.low = data[at + 2] & 15;
        if (!begun) begin(count);
        check(some);
        position = scan.decode(data, position + size, length, some, unitsWide, unitsHigh, deadline);
    }

    private Component component(int id, Component[] before, int count) throws JpegException {
        for (Component c : components) {
            if (c.id != id) continue;
            for (int i = 0; i < count; i++)
                if (before[i] == c) throw JpegException.damaged("a scan names a component twice");
            return c;
        }
        throw JpegException.damaged("a scan names a component that there is not");
    }

    /** Whether what the scan needs has been defined, and whether it may come now. */
    private void check(Component[] some) throws JpegException {
        boolean dc = !progressive || (scan.first == 0 && scan.high == 0);
        boolean ac = !progressive || scan.first > 0;
        for (Component c : some) {
            if (!quantizationKnown[c.quantizationTable]) throw JpegException.damaged("a quantization table is missing");
            if (dc && (c.dcTable > 3 || !dcKnown[c.dcTable])) throw JpegException.damaged("a Huffman table is missing");
            if (ac && (c.acTable > 3 || !acKnown[c.acTable])) throw JpegException.damaged("a Huffman table is missing");
            if (progressive && !dc && !c.seen) throw JpegException.damaged("its scans are out of order");
            if (!progressive && c.seen) throw JpegException.damaged("it has a component twice");
            if (!c.seen) System.arraycopy(quantization[c.quantizationTable], 0, c.quantization, 0, 64);
            if (dc) c.seen = true;
        }
        if (!progressive) return;
        boolean band = scan.first == 0 ? scan.last == 0 : scan.last >= scan.first && scan.last < 64 && some.length == 1;
        boolean bits = scan.low <= 13 && (scan.high == 0 || scan.high == scan.low + 1);
        if (!band || !bits) throw JpegException.damaged("its scan header is malformed");
    }

    private Pixels.Colours colours() {
        if (components.length == 1) return Pixels.Colours.GREY;
        if (components.length == 4) return adobeTransform == 2 ? Pixels.Colours.YCCK : Pixels.Colours.CMYK;
        if (jfif) return Pixels.Colours.YCC;
        if (adobeTransform >= 0) return adobeTransform == 0 ? Pixels.Colours.RGB : Pixels.Colours.YCC;
        boolean named = components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B';
        return named ? Pixels.Colours.RGB : Pixels.Colours.YCC;
    }
}
