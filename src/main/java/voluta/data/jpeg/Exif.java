package voluta.data.jpeg;

/** Finds in an EXIF segment how a picture is to be turned (tag 0x0112 of the first directory of its TIFF structure). */
final class Exif {
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;

    private Exif() {}

    /** @return 1 to 8 as EXIF counts; 1, as it is, where nothing sensible is said */
    static int orientation(byte[] data, int from, int to) {
        // "Exif", two zeros, then TIFF: byte order, 42, offset of the first directory.
        if (to - from < 14 || data[from] != 'E' || data[from + 1] != 'x' || data[from + 2] != 'i') return 1;
        if (data[from + 3] != 'f' || data[from + 4] != 0) return 1;
        int tiff = from + 6;
        boolean little = data[tiff] == 'I';
        if (!little && data[tiff] != 'M') return 1;
        long directory = tiff + (u32(data, tiff + 4, little) & 0xffffffffL);
        if (directory + 2 > to) return 1;
        int count = u16(data, (int) directory, little);
        for (int i = 0; i < count; i++) {
            long entry = directory + 2 + 12L * i;
            if (entry + 12 > to) return 1;
            int at = (int) entry;
            if (u16(data, at, little) != ORIENTATION) continue;
            int value = u16(data, at + 8, little);
            return u16(data, at + 2, little) == SHORT && value >= 1 && value <= 8 ? value : 1;
        }
        return 1;
    }

    private static int u16(byte[] d, int at, boolean little) {
        int a = d[at] & 0xff, b = d[at + 1] & 0xff;
        return little ? b << 8 | a : a << 8 | b;
    }

    private static int u32(byte[] d, int at, boolean little) {
        int a = u16(d, at, little), b = u16(d, at + 2, little);
        return little ? b << 16 | a : a << 16 | b;
    }
}
