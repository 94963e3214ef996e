package voluta.data;

import java.util.Arrays;

/**
 * A small grey picture of an array, for people: of a signal its curves, one above the other for each channel; of a volume the
 * largest value along the depth, channels side by side. Each is scaled to its own range.
 */
final class ArrayPicture {
    private static final int WIDTH = 128, HEIGHT = 64, MOST_CHANNELS = 4;
    private static final int BACKGROUND = 255, LINE = 20;

    private ArrayPicture() {}

    static ImageShape shape(ArrayShape array) {
        int channels = Math.min(MOST_CHANNELS, array.channels());
        if (array.dims().size() == 2) return new ImageShape(1, HEIGHT * channels, WIDTH);
        return new ImageShape(1, array.dims().get(2), array.dims().get(3) * channels);
    }

    static Image of(ArrayShape array, float[] numbers) {
        ImageShape shape = shape(array);
        byte[] pixels = new byte[shape.bytes()];
        int channels = Math.min(MOST_CHANNELS, array.channels()), size = numbers.length / array.channels();
        boolean signal = array.dims().size() == 2;
        if (signal) Arrays.fill(pixels, (byte) BACKGROUND);
        for (int c = 0; c < channels; c++) {
            float[] channel = Arrays.copyOfRange(numbers, c * size, (c + 1) * size);
            if (signal) curve(channel, pixels, c * HEIGHT);
            else
                projection(
                        channel, array, pixels, shape.width(), c * array.dims().get(3));
        }
        return new Image(shape, pixels);
    }

    /** Each column shows the range of the values that fall on it and on the one before. */
    private static void curve(float[] values, byte[] pixels, int top) {
        float low = Float.MAX_VALUE, high = -Float.MAX_VALUE;
        for (float v : values) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        int before = -1;
        for (int i = 0; i < Math.max(WIDTH, values.length); i++) {
            int x = (int) ((long) i * WIDTH / Math.max(WIDTH, values.length));
            float v = values[(int) ((long) i * values.length / Math.max(WIDTH, values.length))];
            double part = high > low ? ((double) v - low) / ((double) high - low) : 0.5;
            int y = (int) Math.round((1 - part) * (HEIGHT - 5)) + 2;
            int from = before < 0 ? y : before;
            for (int row = Math.min(y, from); row <= Math.max(y, from); row++) {
                pixels[(top + row) * WIDTH + x] = (byte) LINE;
            }
            before = y;
        }
    }

    private static void projection(float[] values, ArrayShape array, byte[] pixels, int rowPixels, int left) {
        int depth = array.dims().get(1),
                height = array.dims().get(2),
                width = array.dims().get(3);
        float[] most = new float[height * width];
        Arrays.fill(most, -Float.MAX_VALUE);
        for (int i = 0; i < depth * most.length; i++) {
            most[i % most.length] = Math.max(most[i % most.length], values[i]);
        }
        float low = Float.MAX_VALUE, high = -Float.MAX_VALUE;
        for (float v : most) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        for (int i = 0; i < most.length; i++) {
            double part = high > low ? ((double) most[i] - low) / ((double) high - low) : 0.5;
            pixels[i / width * rowPixels + left + i % width] = (byte) Math.round(255 * part);
        }
    }
}
