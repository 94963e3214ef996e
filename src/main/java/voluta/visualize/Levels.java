package voluta.visualize;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.util.List;
import voluta.report.Png;

/**
 * A picture whose pixels are entries of a {@link ColourMap}, so that it can be drawn in the colours of any theme.
 *
 * @param entries rows from top to bottom; 0 is a gap
 */
record Levels(int height, int width, byte[] entries) {
    /** Numbers from 0 to {@code most}; what lies beyond is cut off. */
    static Levels sequential(Heat h, double most) {
        return of(h, v -> 1 + (ColourMap.LEVELS - 1) * part(v / Math.max(most, Double.MIN_NORMAL), 0));
    }

    /** Numbers from {@code -most} to {@code most}. */
    static Levels signed(Heat h, double most) {
        int arm = ColourMap.LEVELS - ColourMap.MIDDLE;
        return of(h, v -> ColourMap.MIDDLE + arm * part(v / Math.max(most, Double.MIN_NORMAL), -1));
    }

    private static double part(double v, double least) {
        return Double.isNaN(v) ? 0 : Math.max(least, Math.min(1, v));
    }

    private static Levels of(Heat h, java.util.function.DoubleUnaryOperator entry) {
        byte[] entries = new byte[h.values().length];
        for (int i = 0; i < entries.length; i++) entries[i] = (byte) Math.round(entry.applyAsDouble(h.values()[i]));
        return new Levels(h.height(), h.width(), entries);
    }

    /** Tiles of one size side by side with gaps between them. */
    static Levels grid(List<Levels> tiles, int columns, int gap) {
        int h = tiles.get(0).height, w = tiles.get(0).width, rows = (tiles.size() + columns - 1) / columns;
        int width = columns * (w + gap) - gap, height = rows * (h + gap) - gap;
        byte[] all = new byte[height * width];
        for (int t = 0; t < tiles.size(); t++) {
            int left = t % columns * (w + gap), top = t / columns * (h + gap);
            for (int y = 0; y < h; y++) {
                System.arraycopy(tiles.get(t).entries, y * w, all, (top + y) * width + left, w);
            }
        }
        return new Levels(height, width, all);
    }

    /** In colours. */
    BufferedImage drawn(ColourMap colours) {
        BufferedImage b = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, colours.model());
        b.getRaster().setDataElements(0, 0, width, height, entries);
        return b;
    }

    /** As a grey PNG, whose shades are the entries, in a data URI. */
    String uri() {
        BufferedImage b = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        b.setData(Raster.createRaster(
                b.getSampleModel(), new DataBufferByte(entries, entries.length), new java.awt.Point(0, 0)));
        return Png.uri(b);
    }
}
