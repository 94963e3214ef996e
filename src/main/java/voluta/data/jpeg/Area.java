package voluta.data.jpeg;

/**
 * Which pixels of a picture are wanted, and which units of its interleaved order it takes to have them: interpolation looks one
 * sample of the coarsest component beyond.
 */
final class Area {
    int left;
    int top;
    int right;
    int bottom;

    int firstUnit;
    int lastUnit;
    int firstUnitRow;
    int lastUnitRow;

    /**
     * @param unitWidth of a unit in pixels
     * @param unitsWide units in a row of the picture
     */
    void set(int left, int top, int width, int height, int unitWidth, int unitHeight, int unitsWide, int unitsHigh) {
        this.left = left;
        this.top = top;
        right = left + width;
        bottom = top + height;
        // An eighth of a unit is a sample of the coarsest component.
        firstUnit = Math.max(0, left - unitWidth / 8) / unitWidth;
        lastUnit = Math.min(unitsWide - 1, (right - 1 + unitWidth / 8) / unitWidth);
        firstUnitRow = Math.max(0, top - unitHeight / 8) / unitHeight;
        lastUnitRow = Math.min(unitsHigh - 1, (bottom - 1 + unitHeight / 8) / unitHeight);
    }

    boolean needs(int unit, int unitRow) {
        return unit >= firstUnit && unit <= lastUnit && unitRow >= firstUnitRow && unitRow <= lastUnitRow;
    }
}
