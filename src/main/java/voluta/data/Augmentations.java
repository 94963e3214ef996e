package voluta.data;

import java.util.Optional;
import voluta.data.Augmentation.Fill;
import voluta.tensor.Philox;
import voluta.tensor.SamplePlace;

/** The steps of an {@link Augmentation} beyond the simplest ones, and what they draw. */
final class Augmentations {
    private Augmentations() {}

    /** A number of at least {@code low}, below {@code high}. */
    static double between(Canvas canvas, double low, double high) {
        return low + (high - low) * Philox.uniform(canvas.draw());
    }

    private static boolean chance(Canvas canvas, double probability) {
        return Philox.uniform(canvas.draw()) < probability;
    }

    private static void checkProbability(String what, double probability) {
        if (!(probability > 0 && probability <= 1)) {
            throw new DataException(
                    what + " with probability " + probability + " is not possible; use more than 0 and at most 1");
        }
    }

    /**
     * Cuts out a part of random size and proportions and scales it to the size of the network's input (Szegedy et al., "Going
     * deeper with convolutions"): {@code least} to {@code most} of the area, 3:4 to 4:3 as wide as high. Comes first, since
     * it begins with the picture as it is stored.
     */
    record ResizedCrop(double least, double most, Optional<Interpolation> filter) implements Augmentation {
        private static final double NARROWEST = 3 / 4.0, WIDEST = 4 / 3.0;
        private static final int TRIES = 10;

        ResizedCrop {
            if (!(least > 0 && least <= most && most <= 1)) {
                throw new DataException("a crop of " + least + " to " + most
                        + " of the area is not possible; use shares above 0 and up to 1, such as crop=0.08-1");
            }
        }

        /** Draws a part of a picture of this size, which becomes an image of the canvas's. */
        Resampling draw(ImageShape whole, Canvas canvas) {
            int height = whole.height(), width = whole.width();
            for (int i = 0; i < TRIES; i++) {
                double area = between(canvas, least, most) * height * width;
                double ratio = Math.exp(between(canvas, Math.log(NARROWEST), Math.log(WIDEST)));
                int w = (int) Math.rint(Math.sqrt(area * ratio)), h = (int) Math.rint(Math.sqrt(area / ratio));
                int top = canvas.draw(), left = canvas.draw();
                if (w < 1 || h < 1 || w > width || h > height) continue;
                return new Resampling(
                        whole,
                        Philox.below(top, height - h + 1),
                        Philox.below(left, width - w + 1),
                        h,
                        w,
                        canvas.shape(),
                        filter.orElse(Interpolation.BILINEAR));
            }
            // The largest part in the middle whose proportions are allowed.
            double ratio = Math.max(NARROWEST, Math.min(WIDEST, (double) width / height));
            double w = Math.min(width, height * ratio), h = Math.min(height, width / ratio);
            return new Resampling(
                    whole,
                    (height - h) / 2,
                    (width - w) / 2,
                    h,
                    w,
                    canvas.shape(),
                    filter.orElse(Interpolation.BILINEAR));
        }

        @Override
        public void apply(Canvas canvas) {
            // Done by draw, before the other steps.
        }

        @Override
        public Augmentation interpolating(Interpolation interpolation) {
            return filter.isPresent() ? this : new ResizedCrop(least, most, Optional.of(interpolation));
        }

        @Override
        public String toString() {
            return "crop=" + least + "-" + most + filter.map(f -> ":" + f).orElse("");
        }
    }

    /** Turns by up to so many degrees to either side. */
    record Rotation(double degrees, Fill fill) implements Augmentation {
        Rotation {
            if (!(degrees > 0 && degrees <= 180)) {
                throw new DataException(
                        "a turn by " + degrees + " degrees is not possible; use more than 0, up to 180");
            }
        }

        @Override
        public void apply(Canvas canvas) {
            double[] map = Affine.rotation(between(canvas, -degrees, degrees), canvas.shape());
            Affine.apply(canvas.copy(), canvas.pixels(), canvas.shape(), map, canvas.fillRow(fill));
        }

        @Override
        public boolean needsMean() {
            return fill == Fill.MEAN;
        }

        @Override
        public String toString() {
            return "rotate=" + degrees + (fill == Fill.MEAN ? ":mean" : "");
        }
    }

    /** Mirrors top and bottom. */
    record VerticalFlip(double probability) implements Augmentation {
        VerticalFlip {
            checkProbability("a vertical flip", probability);
        }

        @Override
        public void apply(Canvas canvas) {
            if (!chance(canvas, probability)) return;
            byte[] from = canvas.copy(), to = canvas.pixels();
            int row = canvas.shape().rowBytes();
            for (int at = 0; at < to.length; at += row) System.arraycopy(from, to.length - row - at, to, at, row);
        }

        @Override
        public boolean places() {
            return true;
        }

        @Override
        public void place(Canvas numbers, SamplePlace place) {
            if (chance(numbers, probability))
                place.turnUpsideDown(numbers.shape().height());
        }

        @Override
        public String toString() {
            return probability == 0.5 ? "vflip" : "vflip=" + probability;
        }
    }

    /** Changes brightness, contrast, saturation and hue, in random order, by factors of 1 plus or minus so much. */
    record ColourJitter(double brightness, double contrast, double saturation, double hue) implements Augmentation {
        ColourJitter {
            for (double d : new double[] {brightness, contrast, saturation}) {
                if (!(d >= 0 && Double.isFinite(d)))
                    throw new DataException("a colour jitter of " + d + " is not possible; use 0 or more");
            }
            if (!(hue >= 0 && hue <= 0.5))
                throw new DataException("a jitter of the hue by " + hue + " is not possible; use 0 to 0.5");
            if (brightness + contrast + saturation + hue == 0)
                throw new DataException("a colour jitter of 0 changes nothing; use more, or none");
        }

        @Override
        public void apply(Canvas canvas) {
            double b = factor(canvas, brightness), c = factor(canvas, contrast), s = factor(canvas, saturation);
            double h = between(canvas, -hue, hue);
            int[] order = {0, 1, 2, 3};
            for (int i = 3; i > 0; i--) {
                int other = Philox.below(canvas.draw(), i + 1), kept = order[i];
                order[i] = order[other];
                order[other] = kept;
            }
            byte[] p = canvas.pixels();
            int channels = canvas.shape().channels();
            for (int step : order) {
                if (step == 0 && brightness > 0) Tones.brightness(p, b);
                if (step == 1 && contrast > 0) Tones.contrast(p, channels, c);
                if (step == 2 && saturation > 0) Tones.saturation(p, channels, s);
                if (step == 3 && hue > 0) Tones.hue(p, channels, h);
            }
        }

        private static double factor(Canvas canvas, double strength) {
            return between(canvas, Math.max(0, 1 - strength), 1 + strength);
        }

        @Override
        public String toString() {
            return "jitter=" + brightness + ":" + contrast + ":" + saturation + ":" + hue;
        }
    }

    /** Fills a rectangle of 2 % to a third of the area (Zhong et al., "Random erasing data augmentation") with the mean colour. */
    record RandomErasing(double probability) implements Augmentation {
        private static final int TRIES = 10;

        RandomErasing {
            checkProbability("random erasing", probability);
        }

        @Override
        public void apply(Canvas canvas) {
            Area erased = draw(canvas);
            if (erased == null) return;
            int width = canvas.shape().width(), channels = canvas.shape().channels();
            for (int y = erased.top(); y < erased.top() + erased.height(); y++) {
                int at = (y * width + erased.left()) * channels;
                System.arraycopy(canvas.fillRow(Fill.MEAN), 0, canvas.pixels(), at, erased.width() * channels);
            }
        }

        /** What is erased, or null for nothing. */
        private Area draw(Canvas canvas) {
            if (!chance(canvas, probability)) return null;
            int height = canvas.shape().height(), width = canvas.shape().width();
            for (int i = 0; i < TRIES; i++) {
                double area = between(canvas, 0.02, 1 / 3.0) * height * width;
                double ratio = Math.exp(between(canvas, Math.log(0.3), Math.log(1 / 0.3)));
                int h = (int) Math.rint(Math.sqrt(area * ratio)), w = (int) Math.rint(Math.sqrt(area / ratio));
                int down = canvas.draw(), right = canvas.draw();
                if (h >= height || w >= width || h < 1 || w < 1) continue;
                return new Area(Philox.below(down, height - h + 1), Philox.below(right, width - w + 1), h, w);
            }
            return null;
        }

        @Override
        public boolean places() {
            return true;
        }

        @Override
        public void place(Canvas numbers, SamplePlace place) {
            Area erased = draw(numbers);
            if (erased != null) place.erase(erased.top(), erased.left(), erased.height(), erased.width());
        }

        @Override
        public boolean needsMean() {
            return true;
        }

        @Override
        public String toString() {
            return "erase=" + probability;
        }
    }

    /**
     * Several changes out of fourteen, each as strong as the magnitude says (Cubuk et al., "RandAugment: practical automated
     * data augmentation with a reduced search space"), with the strengths of torchvision.
     *
     * @param changes how many, one after another
     * @param magnitude 0 to 30
     */
    record RandAugment(int changes, int magnitude) implements Augmentation {
        private static final int STRONGEST = 30;
        private static final int KINDS = 14;

        RandAugment {
            if (changes < 1 || changes > 20 || magnitude < 0 || magnitude > STRONGEST) {
                throw new DataException("RandAugment with " + changes + " changes of magnitude " + magnitude
                        + " is not possible; use 1 to 20 changes and a magnitude up to 30, such as rand=2:9");
            }
        }

        @Override
        public void apply(Canvas canvas) {
            for (int i = 0; i < changes; i++) {
                int kind = Philox.below(canvas.draw(), KINDS);
                change(canvas, kind, (canvas.draw() & 1) == 0 ? 1 : -1);
            }
        }

        private void change(Canvas canvas, int kind, int sign) {
            ImageShape shape = canvas.shape();
            byte[] p = canvas.pixels();
            int channels = shape.channels();
            double strength = (double) magnitude / STRONGEST, factor = 1 + sign * 0.9 * strength;
            switch (kind) {
                case 0 -> move(canvas, new double[] {1, sign * 0.3 * strength, 0, 0, 1, 0});
                case 1 -> move(canvas, new double[] {1, 0, 0, sign * 0.3 * strength, 1, 0});
                case 2 ->
                    move(canvas, new double[] {1, 0, -sign * (int) (150 / 331.0 * shape.width() * strength), 0, 1, 0});
                case 3 ->
                    move(canvas, new double[] {1, 0, 0, 0, 1, -sign * (int) (150 / 331.0 * shape.height() * strength)});
                case 4 -> move(canvas, Affine.rotation(sign * 30 * strength, shape));
                case 5 -> Tones.brightness(p, factor);
                case 6 -> Tones.saturation(p, channels, factor);
                case 7 -> Tones.contrast(p, channels, factor);
                case 8 -> Tones.sharpness(p, canvas.copy(), shape, factor);
                case 9 -> Tones.posterize(p, 8 - (int) Math.rint(magnitude / (STRONGEST / 4.0)));
                case 10 -> Tones.solarize(p, 256 - (int) Math.rint(256 * strength));
                case 11 -> Tones.autoContrast(p, channels);
                case 12 -> Tones.equalize(p, channels);
                default -> {
                    // One of the changes is none.
                }
            }
        }

        private static void move(Canvas canvas, double[] map) {
            Affine.apply(canvas.copy(), canvas.pixels(), canvas.shape(), map, canvas.fillRow(Fill.ZERO));
        }

        @Override
        public String toString() {
            return "rand=" + changes + ":" + magnitude;
        }
    }
}
