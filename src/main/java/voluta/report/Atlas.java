package voluta.report;

import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import voluta.data.Image;
import voluta.data.ImageFiles;
import voluta.data.ImageShape;

/**
 * Many small pictures of one size in one: it compresses better than each alone, and is decoded once.
 *
 * @param width of one
 * @param height of one
 * @param columns how many stand side by side
 * @param rows how many stand above each other
 * @param places where the picture of an image stands, counted row by row
 * @param uri the whole as a data URI
 */
record Atlas(int width, int height, int columns, int rows, Map<Integer, Integer> places, String uri) {
    /** Photographs are smaller as JPEG; tiny pictures would be spoilt by it. */
    private static final int LARGEST_PNG = 40;

    /** @param pictures by the number of the image; all of one size, at least one */
    static Atlas of(Map<Integer, Image> pictures) {
        ImageShape shape = pictures.values().iterator().next().shape();
        int columns = (int) Math.ceil(Math.sqrt(pictures.size()));
        int rows = (pictures.size() + columns - 1) / columns;
        int type = shape.channels() == 3 ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY;
        BufferedImage all = new BufferedImage(columns * shape.width(), rows * shape.height(), type);
        Map<Integer, Integer> places = new HashMap<>();
        new TreeMap<>(pictures).forEach((index, picture) -> {
            int place = places.size();
            draw(picture, all, place % columns * shape.width(), place / columns * shape.height());
            places.put(index, place);
        });
        boolean lossless = Math.max(shape.width(), shape.height()) <= LARGEST_PNG;
        String format = lossless ? "png" : "jpeg";
        String uri = "data:image/" + format + ";base64,"
                + Base64.getEncoder().encodeToString(ImageFiles.encode(all, format));
        return new Atlas(shape.width(), shape.height(), columns, rows, places, uri);
    }

    /** Grey goes in as it is: {@code setRGB} would take it for linear light. */
    private static void draw(Image picture, BufferedImage all, int left, int top) {
        if (picture.shape().channels() == 3) {
            Png.draw(picture, all, left, top, 1);
            return;
        }
        int channels = picture.shape().channels();
        for (int y = 0; y < picture.shape().height(); y++) {
            for (int x = 0; x < picture.shape().width(); x++) {
                int at = y * picture.shape().rowBytes() + x * channels;
                all.getRaster().setSample(left + x, top + y, 0, picture.pixels()[at] & 0xff);
            }
        }
    }
}
