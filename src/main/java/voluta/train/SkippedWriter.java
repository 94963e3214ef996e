package voluta.train;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import voluta.checkpoint.AtomicFile;
import voluta.data.Dataset;
import voluta.data.Skips;

/** Keeps {@code skipped.csv}: a row for each picture that could not be used. There is no file as long as there is none. */
final class SkippedWriter implements TrainingListener, AutoCloseable {
    private final Path file;
    private final Dataset training;
    private final Dataset evaluation;
    private final Consumer<String> notices;
    private int written;

    SkippedWriter(Path file, RunData data, Consumer<String> notices) {
        this.file = file;
        this.training = data.training();
        this.evaluation = data.evaluation();
        this.notices = notices;
    }

    @Override
    public void runStarted(RunStart run) {
        write();
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        write();
    }

    /** Writes the file anew if there is something new. */
    void write() {
        int count = training.skips().count() + evaluation.skips().count();
        if (count == written) return;
        StringBuilder text = new StringBuilder("data,picture,reason\n");
        add(text, training);
        add(text, evaluation);
        AtomicFile.writeText(file, text.toString());
        written = count;
        notices.accept(String.format(
                Locale.ROOT,
                "%,d of %,d pictures cannot be used and are skipped; %s lists them",
                count,
                training.size() + evaluation.size(),
                file));
    }

    @Override
    public void close() {
        write();
    }

    private static void add(StringBuilder text, Dataset data) {
        for (Skips.Skipped s : data.skips().list()) {
            text.append(quoted(data.name())).append(',').append(quoted(s.picture()));
            text.append(',').append(quoted(s.reason())).append('\n');
        }
    }

    private static String quoted(String value) {
        return '"' + value.replace("\"", "\"\"").replace('\n', ' ') + '"';
    }
}
