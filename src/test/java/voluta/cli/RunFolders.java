package voluta.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import voluta.train.TrainingConfig;

/** Folders of runs as a training leaves them, without a training. */
final class RunFolders {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEADER = "epoch,step,lr,train_loss,train_top1,val_loss,val_top1,val_top5,gradient_norm,"
            + "gradient_norm_max,clipped_share,images_per_second,wait_share,seconds";

    private RunFolders() {}

    /** Options, network and results; {@code top1} has an entry for each epoch that is done. */
    static Path write(Path folder, TrainingConfig config, int classes, List<Double> top1) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("args.yaml"), config.toYaml());
        Files.write(
                folder.resolve("model.yaml"),
                List.of(
                        "name: tiny",
                        "input: [1, 8, 8]",
                        "classes: " + classes,
                        "layers:",
                        "  - flatten",
                        "  - linear: classes"));
        StringBuilder rows = new StringBuilder(HEADER).append('\n');
        for (int i = 0; i < top1.size(); i++) {
            double share = top1.get(i);
            rows.append(String.format(
                    Locale.ROOT,
                    "%d,%d,0.003,%.4f,%.4f,%.4f,%.4f,%.4f,1.5,3,0.25,4000.0,0.0100,10.5%n",
                    i + 1,
                    (i + 1) * 156,
                    2 - share,
                    share,
                    2.1 - share,
                    share,
                    0.99));
        }
        Files.writeString(folder.resolve("results.csv"), rows);
        return folder;
    }

    /** Adds records to what the run reports, numbered from {@code first}. */
    @SafeVarargs
    static void report(Path folder, int first, Map<String, Object>... records) throws IOException {
        StringBuilder lines = new StringBuilder();
        int n = first;
        for (Map<String, Object> record : records) {
            Map<String, Object> numbered = new LinkedHashMap<>(record);
            numbered.put("n", n++);
            try {
                lines.append(JSON.writeValueAsString(numbered)).append('\n');
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
        }
        Files.writeString(
                folder.resolve("progress.jsonl"), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    static Map<String, Object> ended(String how) {
        return LiveViewTest.record("run_ended", "end", how);
    }
}
