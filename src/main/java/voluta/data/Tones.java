package voluta.data;

import java.util.Arrays;

/**
 * Changes of colours in place, as Pillow's {@code ImageEnhance} and {@code ImageOps} have them: a factor of 1 leaves an image
 * alone, 0 leaves nothing of what the name says, and more than 1 has more of it. Grey images have no saturation and no hue.
 */
final class Tones {
    private Tones() {}

    static void brightness(byte[] p, double factor) {
        for (int i = 0; i < p.length; i++) p[i] = blend(0, p[i] & 0xff, (float) factor);
    }

    /** Towards the mean grey of the image. */
    static void contrast(byte[] p, int channels, double factor) {
        long sum = 0;
        int pixels = p.length / channels;
        for (int i = 0; i < p.length; i += channels) sum += grey(p, i, channels);
        int mean = (int) ((double) sum / pixels + 0.5);
        for (int i = 0; i < p.length; i++) p[i] = blend(mean, p[i] & 0xff, (float) factor);
    }

    /** Towards grey. */
    static void saturation(byte[] p, int channels, double factor) {
        if (channels != 3) return;
        for (int i = 0; i < p.length; i += 3) {
            int grey = grey(p, i, 3);
            for (int c = i; c < i + 3; c++) p[c] = blend(grey, p[c] & 0xff, (float) factor);
        }
    }

    /** Turns the colours by a share of the circle, -0.5 to 0.5. */
    static void hue(byte[] p, int channels, double shift) {
        if (channels != 3) return;
        int turn = (int) (shift * 255) & 255;
        for (int i = 0; i < p.length; i += 3) turnHue(p, i, turn);
    }

    /** Towards a picture smoothed with a 3x3 filter; the outermost pixels stay. */
    static void sharpness(byte[] p, byte[] scratch, ImageShape shape, double factor) {
        int row = shape.rowBytes(), channels = shape.channels();
        System.arraycopy(p, 0, scratch, 0, p.length);
        for (int y = 1; y < shape.height() - 1; y++) {
            for (int i = y * row + channels; i < (y + 1) * row - channels; i++) {
                int around = 0;
                for (int at = i - row; at <= i + row; at += row) {
                    around += (scratch[at - channels] & 0xff) + (scratch[at] & 0xff) + (scratch[at + channels] & 0xff);
                }
                int v = scratch[i] & 0xff;
                p[i] = blend((int) ((around + 4 * v) / 13f + 0.5f), v, (float) factor);
            }
        }
    }

    /** Keeps the upper bits of each value. */
    static void posterize(byte[] p, int bits) {
        int mask = 255 << (8 - bits);
        for (int i = 0; i < p.length; i++) p[i] &= (byte) mask;
    }

    /** Inverts values from the threshold on. */
    static void solarize(byte[] p, int threshold) {
        for (int i = 0; i < p.length; i++) if ((p[i] & 0xff) >= threshold) p[i] = (byte) ~p[i];
    }

    /** Stretches each channel to the whole range. */
    static void autoContrast(byte[] p, int channels) {
        int[] map = new int[256];
        for (int c = 0; c < channels; c++) {
            int low = 255, high = 0;
            for (int i = c; i < p.length; i += channels) {
                low = Math.min(low, p[i] & 0xff);
                high = Math.max(high, p[i] & 0xff);
            }
            if (high <= low) continue;
            double scale = 255.0 / (high - low);
            for (int v = 0; v < 256; v++) map[v] = Math.max(0, Math.min(255, (int) (v * scale - low * scale)));
            apply(map, p, c, channels);
        }
    }

    /** Spreads the values of each channel evenly. */
    static void equalize(byte[] p, int channels) {
        int[] counts = new int[256];
        int[] map = new int[256];
        for (int c = 0; c < channels; c++) {
            Arrays.fill(counts, 0);
            for (int i = c; i < p.length; i += channels) counts[p[i] & 0xff]++;
            int top = 255;
            while (counts[top] == 0) top--;
            int step = (p.length / channels - counts[top]) / 255;
            if (step == 0) continue;
            int n = step / 2;
            for (int v = 0; v < 256; n += counts[v++]) map[v] = Math.min(255, n / step);
            apply(map, p, c, channels);
        }
    }

    private static void apply(int[] map, byte[] p, int first, int step) {
        for (int i = first; i < p.length; i += step) p[i] = (byte) map[p[i] & 0xff];
    }

    private static byte blend(int none, int value, float factor) {
        float v = none + factor * (value - none);
        return (byte) (v <= 0 ? 0 : v >= 255 ? 255 : (int) v);
    }

    /** The luma of ITU-R BT.601. */
    private static int grey(byte[] p, int i, int channels) {
        if (channels != 3) return p[i] & 0xff;
        return (19595 * (p[i] & 0xff) + 38470 * (p[i + 1] & 0xff) + 7471 * (p[i + 2] & 0xff) + 0x8000) >> 16;
    }

    /** To hue, saturation and value in bytes and back, as Pillow does. */
    private static void turnHue(byte[] p, int i, int turn) {
        int r = p[i] & 0xff, g = p[i + 1] & 0xff, b = p[i + 2] & 0xff;
        int max = Math.max(r, Math.max(g, b)), min = Math.min(r, Math.min(g, b));
        if (max == min) return;
        float range = max - min;
        float rc = (max - r) / range, gc = (max - g) / range, bc = (max - b) / range;
        float h = r == max ? bc - gc : g == max ? 2f + rc - bc : 4f + gc - rc;
        h = (h / 6f + 1f) % 1f;
        int hue = (Math.max(0, Math.min(255, (int) (h * 255f))) + turn) & 255;
        int s = Math.max(0, Math.min(255, (int) (range * 255f / max)));
        colour(p, i, hue, s, max);
    }

    private static void colour(byte[] p, int i, int hue, int s, int v) {
        float h = hue * 6f / 255f, fs = s / 255f;
        int sector = (int) Math.floor(h);
        float f = h - sector;
        int low = round(v * (1 - fs)), falling = round(v * (1 - fs * f)), rising = round(v * (1 - fs * (1 - f)));
        switch (sector % 6) {
            case 0 -> set(p, i, v, rising, low);
            case 1 -> set(p, i, falling, v, low);
            case 2 -> set(p, i, low, v, rising);
            case 3 -> set(p, i, low, falling, v);
            case 4 -> set(p, i, rising, low, v);
            default -> set(p, i, v, low, falling);
        }
    }

    private static int round(float v) {
        return Math.max(0, Math.min(255, Math.round(v)));
    }

    private static void set(byte[] p, int i, int r, int g, int b) {
        p[i] = (byte) r;
        p[i + 1] = (byte) g;
        p[i + 2] = (byte) b;
    }
}
