package voluta.visualize;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import voluta.backend.BackendOptions;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.data.ImageShape;
import voluta.data.Split;
import voluta.model.Architectures;
import voluta.train.Training;
import voluta.train.TrainingResult;

/**
 * Trains networks from several seeds and prints how far Grad-CAM and occlusion agree in each: the table of docs/visualize.md,
 * made by scripts/agreement.sh.
 */
final class AgreementTable {
    static final List<Long> SEEDS = List.of(11L, 12L, 13L, 14L, 15L);
    static final int IMAGES = 300;

    /**
     * How networks are trained. The weights are those of the last step: nothing is chosen by test pictures.
     *
     * @param placed whether pictures lie anywhere in a larger frame
     * @param patch the side of occlusion's squares, 0 for a quarter of the picture's
     */
    enum Trained {
        GAP("docs/examples/gap.yaml", 4, false, 0),
        GAP_PLACED("docs/examples/gap.yaml", 6, true, 0),
        GAP_PLACED_SMALLER("docs/examples/gap.yaml", 6, true, 10),
        RESNET20("resnet20", 2, false, 0),
        LENET5("lenet5", 4, false, 0);

        private final String model;
        private final int epochs;
        private final boolean placed;
        private final int patch;

        Trained(String model, int epochs, boolean placed, int patch) {
            this.model = model;
            this.epochs = epochs;
            this.placed = placed;
            this.patch = patch;
        }

        /** Carried pictures as this network sees them. */
        Dataset data(Split split) {
            Dataset carried = Datasets.carried(split);
            return placed ? new Placed(carried) : carried;
        }

        /** Trains; the checkpoint of the last step. */
        Path train(long seed, Path folder) {
            Dataset pictures = data(Split.TRAIN);
            ImageShape size = pictures.imageShape();
            TrainingResult run = Training.of(
                            Architectures.find(model).withInput(size.channels(), size.height(), size.width()))
                    .data(pictures, data(Split.TEST))
                    .epochs(epochs)
                    .learningRate(0.01)
                    .set("sched", "one-cycle")
                    .seed(seed)
                    .output(folder)
                    .run();
            return run.weights().resolveSibling("last.safetensors");
        }

        Agreement agreement(Path checkpoint, int from, int to) {
            try (Subject s = Subject.open(checkpoint, "auto", BackendOptions.DEFAULT)) {
                ImageShape size = s.imageShape();
                Occlusion.Grid grid = Occlusion.Grid.of(size.height(), size.width());
                return Agreement.of(s, data(Split.TEST), patch > 0 ? grid.withPatch(patch) : grid, from, to);
            }
        }

        String title() {
            return model.replaceAll(".*/", "") + (placed ? ", placed" : "") + (patch > 0 ? ", squares of " + patch : "")
                    + ", " + epochs + " epochs";
        }
    }

    private AgreementTable() {}

    /** Prints the table: FROM TO [NETWORK...] [SEED...], of test pictures FROM to TO, for all networks and seeds if none is named. */
    public static void main(String[] arguments) throws Exception {
        int from = Integer.parseInt(arguments[0]), to = Integer.parseInt(arguments[1]);
        List<Trained> networks = new ArrayList<>();
        List<Long> seeds = new ArrayList<>();
        for (String word : List.of(arguments).subList(2, arguments.length)) {
            if (word.matches("\\d+")) seeds.add(Long.parseLong(word));
            else networks.add(Trained.valueOf(word));
        }
        if (networks.isEmpty()) networks.addAll(List.of(Trained.values()));
        if (seeds.isEmpty()) seeds.addAll(SEEDS);
        System.out.println(
                "| network, training | seed | recognised | agree | by chance | Grad-CAM hits | occlusion hits |");
        System.out.println("|---|---|---|---|---|---|---|");
        Path folder = Files.createTempDirectory("agreement");
        try {
            for (Trained t : networks) rows(t, seeds, folder, from, to);
        } finally {
            try (var files = Files.walk(folder)) {
                for (Path p : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
            }
        }
    }

    private static void rows(Trained network, List<Long> seeds, Path folder, int from, int to) {
        List<Agreement> all = new ArrayList<>();
        for (long seed : seeds) {
            Agreement a = network.agreement(network.train(seed, folder), from, to);
            all.add(a);
            row(
                    network.title(),
                    String.valueOf(seed),
                    a.right(),
                    a.agreed(),
                    a.chance(),
                    a.camHits(),
                    a.occlusionHits());
        }
        row(
                network.title(),
                "mean",
                (int) Math.round(mean(all, Agreement::right)),
                mean(all, Agreement::agreed),
                mean(all, Agreement::chance),
                mean(all, Agreement::camHits),
                mean(all, Agreement::occlusionHits));
    }

    private static double mean(List<Agreement> all, ToDoubleFunction<Agreement> what) {
        return all.stream().mapToDouble(what).average().orElseThrow();
    }

    private static void row(String title, String seed, int right, double... parts) {
        StringBuilder line = new StringBuilder("| " + title + " | " + seed + " | " + right + " |");
        for (double p : parts) line.append(String.format(Locale.ROOT, " %.1f %% |", 100 * p));
        System.out.println(line);
    }
}
