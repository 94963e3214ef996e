package voluta.data;

/** Moves every pixel of an image by an affine map, with bilinear interpolation, as Pillow's {@code transform} does. */
final class Affine {
    private Affine() {}

    /**
     * The pixel at (x, y) of the result is that at (a x + b y + c, d x + e y + f) of the image, all counted at the pixels'
     * centres; what lies outside is filled.
     *
     * @param m a, b, c, d, e, f
     * @param fill a row of the colour that fills
     * @param from a copy of the image, which is overwritten in {@code to}
     */
    static void apply(byte[] from, byte[] to, ImageShape shape, double[] m, byte[] fill) {
        int height = shape.height(), width = shape.width(), channels = shape.channels(), row = shape.rowBytes();
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++, at += channels) {
                double sx = m[0] * (x + 0.5) + m[1] * (y + 0.5) + m[2], sy = m[3] * (x + 0.5) + m[4] * (y + 0.5) + m[5];
                if (!(sx >= 0 && sx < width && sy >= 0 && sy < height)) {
                    for (int c = 0; c < channels; c++) to[at + c] = fill[c];
                    continue;
                }
                sx -= 0.5;
                sy -= 0.5;
                int left = (int) Math.floor(sx), top = (int) Math.floor(sy);
                double dx = sx - left, dy = sy - top;
                int x0 = Math.max(0, left) * channels, x1 = Math.min(width - 1, left + 1) * channels;
                int y0 = Math.max(0, top) * row, y1 = Math.min(height - 1, top + 1) * row;
                for (int c = 0; c < channels; c++) {
                    int a = from[y0 + x0 + c] & 0xff, b = from[y0 + x1 + c] & 0xff;
                    int d = from[y1 + x0 + c] & 0xff, e = from[y1 + x1 + c] & 0xff;
                    double upper = a + (b - a) * dx, lower = d + (e - d) * dx;
                    // Cut off as Pillow does, but for what rounding took from whole numbers.
                    to[at + c] = (byte) (int) (upper + (lower - upper) * dy + 1e-6);
                }
            }
        }
    }

    /** A turn by so many degrees counterclockwise about the middle. */
    static double[] rotation(double degrees, ImageShape shape) {
        double angle = -Math.toRadians(degrees);
        double cos = Math.cos(angle), sin = Math.sin(angle);
        double cx = shape.width() / 2.0, cy = shape.height() / 2.0;
        return new double[] {cos, sin, cx - cos * cx - sin * cy, -sin, cos, cy + sin * cx - cos * cy};
    }
}
