package voluta.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;
import voluta.model.Model;
import voluta.model.NetworkDescription;

/** Small data that a small network learns in a few steps: a bright spot whose quarter of the image is the class. */
final class Blobs {
    static final List<String> CLASSES = List.of("upper left", "upper right", "lower left", "lower right");
    static final ImageShape SHAPE = new ImageShape(1, 8, 8);

    private Blobs() {}

    static MemoryDataset data(String name, int images, long seed) {
        Random random = new Random(seed);
        byte[] pixels = new byte[images * SHAPE.bytes()];
        byte[] labels = new byte[images];
        for (int n = 0; n < images; n++) {
            int label = n % CLASSES.size();
            labels[n] = (byte) label;
            int row = label / 2 * 4 + random.nextInt(3), column = label % 2 * 4 + random.nextInt(3);
            for (int i = 0; i < SHAPE.bytes(); i++) {
                int y = i / SHAPE.width(), x = i % SHAPE.width();
                boolean spot = y >= row && y < row + 2 && x >= column && x < column + 2;
                pixels[n * SHAPE.bytes() + i] = (byte) (random.nextInt(60) + (spot ? 150 : 0));
            }
        }
        return new MemoryDataset(name, CLASSES, SHAPE, pixels, labels);
    }

    /** A short training of {@link #network} on one thread; the sentences that it tells are added to {@code notices}. */
    static Training training(
            Path output,
            String experiment,
            String backend,
            MemoryDataset train,
            MemoryDataset test,
            List<String> notices) {
        return Training.of(network())
                .data(train, test)
                .backend(backend)
                .output(output)
                .set("experiment", experiment)
                .batchSize(16)
                .epochs(2)
                .optimizer("sgd")
                .learningRate(0.1)
                .set("threads", 1)
                .listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }
                });
    }

    /** Convolution, batch normalization, pooling, linear. */
    static NetworkDescription network() {
        return Model.named("tiny")
                .input(1, 8, 8)
                .classes(4)
                .conv(6, 3)
                .with("padding", 1)
                .batchNorm()
                .relu()
                .maxPool(2)
                .flatten()
                .linear()
                .build();
    }
}
