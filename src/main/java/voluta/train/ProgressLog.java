package voluta.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.CheckpointException;

/**
 * Writes what a run reports to {@code progress.jsonl}, a line for each event, while it goes on: whoever reads the file, on
 * this machine or another, sees the run live ({@link RunProgress}).
 *
 * <p>A line is one write at the end of the file, so readers see at most its last line unfinished. The file stays below
 * {@link #LARGEST} bytes: when it is full, every second of the older lines is dropped and the file replaced as a whole; {@code
 * n}, which counts the lines ever written, tells a reader which of them it knows. Nothing is forced to the disk: it is for
 * looking at. A disk that refuses is told once, and the run goes on without.
 */
final class ProgressLog implements TrainingListener {
    /** The file's name in the folder of a run. */
    static final String FILE = "progress.jsonl";

    static final int LARGEST = 1 << 20;
    /** Newest lines that are never dropped. */
    private static final int KEPT = 64;

    private static final JsonFactory JSON = new JsonFactory();

    private final Clock clock;
    private final int largest;
    private final Consumer<String> notices;
    private final List<String> lines = new ArrayList<>();
    private long bytes;
    private long written;
    private Path file;
    private FileChannel out;

    /** @param notices is told, in a sentence, if the file cannot be written */
    ProgressLog(Consumer<String> notices) {
        this(Clock.systemUTC(), LARGEST, notices);
    }

    ProgressLog(Clock clock, int largest, Consumer<String> notices) {
        this.clock = clock;
        this.largest = largest;
        this.notices = notices;
    }

    @Override
    public void runStarted(RunStart run) {
        file = run.folder().resolve(FILE);
        if (run.firstStep() > 0) earlier(run.firstStep());
        Map<String, Object> record = RunRecords.started(run);
        RunProcess.current().write(record);
        keep(line(record));
        replace();
    }

    /** What was reported before, up to the step that the run goes on from. */
    private void earlier(long step) {
        for (Map<String, Object> record : RunProgress.records(file)) {
            boolean later = record.get("step") instanceof Number n && n.longValue() > step;
            Object event = record.get(RunRecords.EVENT);
            if (record.get("n") instanceof Number n) written = Math.max(written, n.longValue());
            if (later || RunRecords.ENDED.equals(event) || RunRecords.FAILED.equals(event)) continue;
            keep(text(record));
        }
    }

    @Override
    public void stepsLogged(StepReport steps) {
        write(RunRecords.steps(steps));
    }

    @Override
    public void evaluationStarted(int epoch, int batches) {
        write(RunRecords.evaluation(epoch, batches));
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        write(RunRecords.epoch(epoch));
    }

    @Override
    public void notice(String sentence) {
        write(RunRecords.notice(sentence));
    }

    @Override
    public void runEnded(TrainingResult result) {
        write(RunRecords.ended(result));
        close();
    }

    @Override
    public void runFailed(Throwable failure) {
        write(RunRecords.failed(failure));
        close();
    }

    private String line(Map<String, Object> record) {
        Map<String, Object> all = new LinkedHashMap<>(record);
        all.put("n", ++written);
        all.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        return text(all);
    }

    private static String text(Map<String, Object> record) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, Object> e : record.entrySet()) {
                json.writeFieldName(e.getKey());
                json.writeObject(e.getValue());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string refused characters", e);
        }
        return text.append('\n').toString();
    }

    private void keep(String line) {
        lines.add(line);
        bytes += bytes(line).length;
    }

    private void write(Map<String, Object> record) {
        if (out == null) return;
        String line = line(record);
        keep(line);
        if (bytes > largest) {
            thin();
            replace();
            return;
        }
        try {
            ByteBuffer rest = ByteBuffer.wrap(bytes(line));
            while (rest.hasRemaining()) out.write(rest);
        } catch (IOException e) {
            refused(e.getMessage());
        }
    }

    /** Drops every second line but the first and the newest. */
    private void thin() {
        List<String> all = new ArrayList<>(lines);
        lines.clear();
        bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            if (i % 2 == 0 || i >= all.size() - KEPT) keep(all.get(i));
        }
    }

    private void replace() {
        close();
        while (bytes > largest && lines.size() > KEPT + 1) thin();
        try {
            AtomicFile.writeText(file, String.join("", lines));
            out = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            refused(e.getMessage());
        } catch (CheckpointException e) {
            refused(e.problem());
        }
    }

    private static byte[] bytes(String line) {
        return line.getBytes(StandardCharsets.UTF_8);
    }

    private void close() {
        FileChannel closing = out;
        out = null;
        if (closing == null) return;
        try {
            closing.close();
        } catch (IOException e) {
            refused(e.getMessage());
        }
    }

    private void refused(String why) {
        FileChannel left = out;
        out = null;
        notices.accept(file + " is no longer written (" + why
                + "), so nobody can watch the run from elsewhere; it goes on without");
        try {
            if (left != null) left.close();
        } catch (IOException e) {
            // It could not be written to either.
        }
    }
}
