package voluta.visualize;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** Maps and frames over a picture. Drawn by Java2D. */
final class Overlays {
    /** How much of the picture a map hides. */
    private static final float COVER = 0.6f;

    private Overlays() {}

    /** A picture enlarged by whole factors, or reduced, to about this side. */
    static BufferedImage enlarged(BufferedImage picture, int side) {
        int longer = Math.max(picture.getWidth(), picture.getHeight());
        double zoom = side / (double) longer;
        if (zoom > 1) zoom = Math.floor(zoom);
        int w = Math.max(1, (int) Math.round(picture.getWidth() * zoom));
        int h = Math.max(1, (int) Math.round(picture.getHeight() * zoom));
        return scaled(picture, w, h, zoom < 1);
    }

    private static BufferedImage scaled(BufferedImage from, int w, int h, boolean smooth) {
        BufferedImage to = new BufferedImage(w, h, BufferedImage.TYPE_INT_ARGB);
        Graphics2D g = to.createGraphics();
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION,
                smooth
                        ? RenderingHints.VALUE_INTERPOLATION_BICUBIC
                        : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        g.drawImage(from, 0, 0, w, h, null);
        g.dispose();
        return to;
    }

    /** A map over a grey picture of the size that is wanted. */
    static BufferedImage over(BufferedImage picture, Visualization.Overlay overlay) {
        int w = picture.getWidth(), h = picture.getHeight();
        BufferedImage all = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.drawImage(grey(picture), 0, 0, null);
        g.setComposite(AlphaComposite.getInstance(AlphaComposite.SRC_OVER, COVER));
        BufferedImage map = levels(overlay.heat()).drawn(ColourMap.sequential());
        g.drawImage(scaled(map, w, h, overlay.smooth()), 0, 0, null);
        g.dispose();
        return all;
    }

    /** A map's own levels: from 0 to its greatest value. */
    static Levels levels(Heat heat) {
        return Levels.sequential(heat, heat.greatest());
    }

    private static BufferedImage grey(BufferedImage picture) {
        BufferedImage grey = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D g = grey.createGraphics();
        g.drawImage(picture, 0, 0, null);
        g.dispose();
        return grey;
    }

    /**
     * What a unit sees, framed: a white line within a black one can be told from any picture.
     *
     * @param picture enlarged from {@code height} x {@code width} pixels
     */
    static BufferedImage framed(BufferedImage picture, int height, int width, Unit unit) {
        BufferedImage all = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.drawImage(picture, 0, 0, null);
        double zoomY = picture.getHeight() / (double) height, zoomX = picture.getWidth() / (double) width;
        double[] sees = unit.sees();
        double top = Math.max(0, sees[0]), bottom = Math.min(height - 1, sees[1]) + 1;
        double left = Math.max(0, sees[2]), right = Math.min(width - 1, sees[3]) + 1;
        Rectangle2D frame = new Rectangle2D.Double(
                left * zoomX + 1, top * zoomY + 1, (right - left) * zoomX - 3, (bottom - top) * zoomY - 3);
        g.setColor(Color.BLACK);
        g.setStroke(new BasicStroke(4));
        g.draw(frame);
        g.setColor(Color.WHITE);
        g.setStroke(new BasicStroke(2));
        g.draw(frame);
        g.dispose();
        return all;
    }
}
