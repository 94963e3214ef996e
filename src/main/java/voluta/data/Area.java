package voluta.data;

/**
 * A rectangle of whole pixels within a picture.
 *
 * @param top its first row
 * @param left its first column
 * @param height rows, at least 1
 * @param width columns, at least 1
 */
public record Area(int top, int left, int height, int width) {
    public Area {
        if (top < 0 || left < 0 || height < 1 || width < 1) {
            throw new DataException("an area of " + height + "x" + width + " pixels from " + top + ", " + left
                    + " on is not possible; use whole pixels of the picture");
        }
    }

    /** All of a picture. */
    static Area of(ImageShape whole) {
        return new Area(0, 0, whole.height(), whole.width());
    }
}
