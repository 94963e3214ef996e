package voluta.data;

/**
 * A part of a picture, or all of it.
 *
 * @param whole the size of the picture
 * @param area which pixels of it these are
 * @param pixels of the area
 */
public record Cutout(ImageShape whole, Area area, Image pixels) {
    public Cutout {
        if (pixels.shape().height() != area.height()
                || pixels.shape().width() != area.width()
                || area.top() + area.height() > whole.height()
                || area.left() + area.width() > whole.width()) {
            throw new DataException(
                    "pixels of " + pixels.shape() + " are not the " + area + " of a picture of " + whole);
        }
    }

    /** All of a picture. */
    static Cutout of(Image picture) {
        return new Cutout(picture.shape(), Area.of(picture.shape()), picture);
    }

    /** Grey made of colour or colour made of grey. */
    Cutout withChannels(int channels) {
        return pixels.shape().channels() == channels ? this : new Cutout(whole, area, pixels.withChannels(channels));
    }
}
