package voluta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.train.EpochReport;
import voluta.train.ResumePoint;
import voluta.train.StepReport;
import voluta.train.Training;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;

/** Event files, read back with Google's own parser of protocol buffers. */
class TensorBoardLogTest {
    @TempDir
    private Path folder;

    /** One event: its step, and its values by tag. */
    private record Event(long step, String version, boolean restart, Map<String, Float> values) {}

    private static List<Event> read(Path file) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (all.hasRemaining()) {
            int begin = all.position();
            int length = (int) all.getLong();
            assertEquals(unmasked(all.getInt()), crc(all, begin, 8), "the length's checksum");
            byte[] message = new byte[length];
            all.get(message);
            assertEquals(unmasked(all.getInt()), crc(all, begin + 12, length), "the message's checksum");
            UnknownFieldSet event = UnknownFieldSet.parseFrom(message);
            double seconds =
                    Double.longBitsToDouble(event.getField(1).getFixed64List().get(0));
            assertTrue(seconds > 1.7e9 && seconds < 1e10, "a time: " + seconds);
            events.add(event(event));
        }
        return events;
    }

    private static Event event(UnknownFieldSet event) throws IOException {
        Map<String, Float> values = new TreeMap<>();
        for (var summary : event.getField(5).getLengthDelimitedList()) {
            for (var value : UnknownFieldSet.parseFrom(summary).getField(1).getLengthDelimitedList()) {
                UnknownFieldSet v = UnknownFieldSet.parseFrom(value);
                String tag = v.getField(1).getLengthDelimitedList().get(0).toStringUtf8();
                values.put(
                        tag, Float.intBitsToFloat(v.getField(2).getFixed32List().get(0)));
            }
        }
        List<?> version = event.getField(3).getLengthDelimitedList();
        return new Event(
                event.getField(2).getVarintList().get(0),
                version.isEmpty()
                        ? ""
                        : event.getField(3).getLengthDelimitedList().get(0).toStringUtf8(),
                !event.getField(7).getLengthDelimitedList().isEmpty(),
                values);
    }

    private static long crc(ByteBuffer all, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(all.array(), from, length);
        return crc.getValue();
    }

    private static long unmasked(int masked) {
        int rotated = masked - 0xa282ead8;
        return (rotated >>> 17 | rotated << 15) & 0xffffffffL;
    }

    private static List<Path> files(Path run) throws IOException {
        try (Stream<Path> all = Files.list(run.resolve("tensorboard"))) {
            return all.sorted().toList();
        }
    }

    @Test
    void holdsWhatTheListenersHear() throws IOException {
        List<StepReport> steps = new ArrayList<>();
        TrainingResult result = SmallRun.training(folder)
                .listener(new TensorBoardLog(sentence -> {
                    throw new AssertionError(sentence);
                }))
                .listener(new TrainingListener() {
                    @Override
                    public void stepsLogged(StepReport s) {
                        steps.add(s);
                    }
                })
                .run();
        List<Path> files = files(result.folder());
        assertEquals(1, files.size());
        assertTrue(files.get(0).getFileName().toString().startsWith("events.out.tfevents."), files.toString());
        List<Event> events = read(files.get(0));
        assertEquals("brain.Event:2", events.get(0).version());
        assertEquals(1 + steps.size() + result.epochs().size(), events.size());
        List<Event> train = events.stream()
                .filter(e -> e.values().containsKey("train/loss"))
                .toList();
        for (int i = 0; i < steps.size(); i++) {
            assertEquals(steps.get(i).step(), train.get(i).step());
            assertEquals((float) steps.get(i).loss(), train.get(i).values().get("train/loss"));
            assertEquals(
                    (float) steps.get(i).learningRate(), train.get(i).values().get("train/learning_rate"));
        }
        List<Event> validation = events.stream()
                .filter(e -> e.values().containsKey("validation/top1"))
                .toList();
        for (int i = 0; i < validation.size(); i++) {
            EpochReport e = result.epochs().get(i);
            assertEquals(e.step(), validation.get(i).step());
            assertEquals(
                    (float) e.evaluation().top1(), validation.get(i).values().get("validation/top1"));
        }
    }

    @Test
    void aRunThatGoesOnKeepsWhatWasReportedBefore() throws IOException {
        TrainingResult first = SmallRun.training(folder).listener(log(1)).run();
        TrainingResult result = Training.resume(ResumePoint.at(first.folder()))
                .data(SmallRun.images("training", SmallRun.TRAINING_IMAGES, 1), SmallRun.validation())
                .epochs(4)
                .listener(log(2))
                .run();
        List<Path> files = files(result.folder());
        assertEquals(2, files.size());
        List<Event> shown = new ArrayList<>(read(files.get(0))), later = read(files.get(1));
        Event restart = later.get(1);
        assertTrue(restart.restart());
        // What TensorBoard does where a file says that the run began again.
        shown.removeIf(e -> e.step() >= restart.step());
        shown.addAll(later);
        List<Long> validations = shown.stream()
                .filter(e -> e.values().containsKey("validation/loss"))
                .map(Event::step)
                .toList();
        List<Long> epochs = new ArrayList<>();
        for (int e = 1; e <= 4; e++)
            epochs.add(e * first.steps() / first.epochs().size());
        assertEquals(epochs, validations);
    }

    /** A log whose files are named after different seconds. */
    private static TensorBoardLog log(int turn) {
        return new TensorBoardLog(
                Clock.fixed(Instant.ofEpochSecond(1_800_000_000L + turn), ZoneOffset.UTC), sentence -> {
                    throw new AssertionError(sentence);
                });
    }

    @Test
    void aDiskThatRefusesEndsNothing() throws IOException {
        List<String> notices = new ArrayList<>();
        TrainingResult result = SmallRun.training(folder)
                .listener(new TrainingListener() {
                    @Override
                    public void runStarted(voluta.train.RunStart run) {
                        try {
                            Files.writeString(run.folder().resolve("tensorboard"), "in the way");
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                })
                .listener(new TensorBoardLog(notices::add))
                .run();
        assertEquals(TrainingResult.End.COMPLETE, result.end());
        assertEquals(1, notices.size(), notices.toString());
    }
}
