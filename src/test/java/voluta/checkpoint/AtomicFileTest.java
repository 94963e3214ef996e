package voluta.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

class AtomicFileTest {
    private static final HostTensor OLD = HostTensor.f32(Shape.of(2), 1f, 2f);
    private static final HostTensor NEW = HostTensor.f32(Shape.of(2), 3f, 4f);

    @TempDir
    Path folder;

    /** Lets every call on the disk fail in turn, until a save needs fewer calls than that. */
    @ParameterizedTest
    @EnumSource(FaultyDisk.Fault.class)
    void whicheverCallFailsTheFileIsWhole(FaultyDisk.Fault fault) throws IOException {
        Path file = folder.resolve("last.safetensors");
        for (int n = 1; ; n++) {
            Safetensors.write(file, Map.of("w", OLD), Map.of());
            FaultyDisk disk = new FaultyDisk(n, fault);
            boolean failed = false;
            try {
                Safetensors.write(disk, file, Map.of("w", NEW), Map.of(), Safetensors.Order.GIVEN);
            } catch (CheckpointException e) {
                failed = true;
                assertTrue(e.getMessage().contains(disk.calls.get(n - 1)), e.getMessage());
                assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
            }
            boolean reached = disk.calls.size() >= n;
            assertEquals(reached && fault != FaultyDisk.Fault.SHORT, failed, "call " + n + " of " + disk.calls);
            int renamed = disk.calls.indexOf("move") + 1;
            boolean old = failed && (renamed == 0 || renamed >= n);
            SafetensorsTest.assertSame(
                    old ? OLD : NEW, Safetensors.read(file).tensors().get("w"));
            if (fault == FaultyDisk.Fault.FAIL_FOR_GOOD) AtomicFile.cleanStale(folder);
            assertEquals(List.of("last.safetensors"), FaultyDisk.names(folder), "call " + n + " of " + disk.calls);
            if (!reached) {
                assertEquals(List.of("create", "write", "write", "force", "move", "close", "forceFolder"), disk.calls);
                return;
            }
        }
    }

    @Test
    void aFailureAfterTheRenamingSaysThatTheNewFileIsThere() {
        Path file = folder.resolve("x.txt");
        FaultyDisk disk = new FaultyDisk(5, FaultyDisk.Fault.FAIL);
        String message = assertThrows(
                        CheckpointException.class,
                        () -> AtomicFile.write(disk, file, 1, sink -> sink.write(ByteBuffer.wrap(new byte[1]))))
                .getMessage();
        assertTrue(message.contains("the new content is in place, but the disk did not confirm it"), message);
    }

    @Test
    void whatTheBodyThrowsComesThroughAndNothingRemains() throws IOException {
        Path file = folder.resolve("x.txt");
        assertThrows(
                IllegalStateException.class,
                () -> AtomicFile.write(file, 1, sink -> {
                    sink.write(ByteBuffer.wrap(new byte[1]));
                    throw new IllegalStateException("stop");
                }));
        assertEquals(List.of(), FaultyDisk.names(folder));
    }

    @Test
    void textsAreReplaced() throws IOException {
        Path file = folder.resolve("args.yaml");
        AtomicFile.writeText(file, "epochs: 1\n");
        AtomicFile.writeText(file, "größe: 2\n");
        assertEquals("größe: 2\n", Files.readString(file));
        assertEquals(List.of("args.yaml"), FaultyDisk.names(folder));
    }

    @Test
    void aLinkStaysAndItsTargetIsReplaced() throws IOException {
        Path target = Files.createDirectory(folder.resolve("disk2")).resolve("real.txt");
        Files.writeString(target, "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.txt"), target);
        AtomicFile.writeText(link, "new");
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("new", Files.readString(target));
        Files.delete(target);
        assertMessage("leads nowhere", link);
    }

    @Test
    void foldersThatCannotBeWrittenAreNamedWithARemedy() throws IOException {
        assertMessage(
                "could not write 1 bytes: the folder " + folder.resolve("no") + " does not exist; create it",
                folder.resolve("no/x"));
        assertMessage("this is a folder", folder);
        Path plain = Files.writeString(folder.resolve("plain"), "");
        assertMessage(plain + " is not a folder", plain.resolve("x"));
    }

    private static void assertMessage(String part, Path file) {
        String message = assertThrows(CheckpointException.class, () -> AtomicFile.writeText(file, "x"))
                .getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(part), message);
    }

    @Test
    void aFullDiskIsNamedWithNeededAndUsableBytes() throws IOException {
        Path file = folder.resolve("x");
        long usable = Files.getFileStore(folder).getUsableSpace();
        FaultyDisk disk = new FaultyDisk(2, FaultyDisk.Fault.HALF_THEN_FAIL);
        String message = assertThrows(
                        CheckpointException.class,
                        () -> AtomicFile.write(
                                disk, file, 2 * usable, sink -> sink.write(ByteBuffer.wrap(new byte[10]))))
                .getMessage();
        assertTrue(message.contains("could not write " + 2 * usable + " bytes: only "), message);
        assertTrue(message.contains("are usable in " + folder + "; free at least "), message);
    }

    @Test
    void missingPermissionIsNamed() {
        Path file = folder.resolve("x");
        Disk denying = new DenyingDisk();
        String message = assertThrows(CheckpointException.class, () -> AtomicFile.write(denying, file, 1, sink -> {}))
                .getMessage();
        assertTrue(message.contains("may not write in " + folder + "; change its permissions"), message);
    }

    /** Refuses to create files, as for a user without permission; the tests may run as one who has them all. */
    private static final class DenyingDisk implements Disk {
        @Override
        public Output create(Path file) throws IOException {
            throw new AccessDeniedException(file.toString());
        }

        @Override
        public void move(Path from, Path to) {
            throw new AssertionError("nothing was created");
        }

        @Override
        public void forceFolder(Path path) {
            throw new AssertionError("nothing was created");
        }

        @Override
        public void delete(Path file) {
            throw new AssertionError("nothing was created");
        }
    }

    @Test
    void anInterruptedThreadSavesAndStaysInterrupted() throws IOException {
        Path file = folder.resolve("last.safetensors");
        Thread.currentThread().interrupt();
        try {
            Safetensors.write(file, Map.of("w", NEW), Map.of());
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt is kept for those whom it concerns");
        }
        SafetensorsTest.assertSame(NEW, Safetensors.read(file).tensors().get("w"));
    }

    @Test
    void staleFilesGoAndAllOthersStay() throws IOException {
        Files.writeString(folder.resolve(".last.safetensors.0123456789abcdef.voluta.tmp"), "left by a killed process");
        List<String> others =
                List.of(".hidden.tmp", ".x.0123.voluta.tmp", "last.safetensors", "x.0123456789abcdef.voluta.tmp");
        for (String name : others) Files.writeString(folder.resolve(name), "");
        Path live = folder.resolve("live.txt");
        Path otherName = Files.createSymbolicLink(folder.resolve("self"), folder);
        AtomicFile.write(live, 3, sink -> {
            sink.write(ByteBuffer.wrap("abc".getBytes(StandardCharsets.UTF_8)));
            assertEquals(1, AtomicFile.cleanStale(folder), "the one that nobody writes");
            assertEquals(0, AtomicFile.cleanStale(otherName), "the same folder by another name");
        });
        assertEquals("abc", Files.readString(live), "the file being written was left alone");
        Files.delete(live);
        Files.delete(otherName);
        assertEquals(others, FaultyDisk.names(folder));
        assertEquals(0, AtomicFile.cleanStale(folder.resolve("absent")));
        assertFalse(Files.exists(folder.resolve("absent")));
    }

    @Test
    void whoeverReadsWhileOthersSaveFindsAWholeFile() throws Exception {
        Path file = folder.resolve("last.safetensors");
        Safetensors.write(file, Map.of("w", OLD), Map.of());
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> savers = new ArrayList<>();
            for (HostTensor t : List.of(OLD, NEW)) {
                savers.add(pool.submit(() -> {
                    for (int i = 0; i < 100; i++) Safetensors.write(file, Map.of("w", t), Map.of());
                }));
            }
            do {
                float first = Safetensors.read(file).tensors().get("w").toFloats()[0];
                assertTrue(first == 1f || first == 3f, "read " + first);
                assertEquals(0, AtomicFile.cleanStale(folder), "all writers live");
            } while (!savers.stream().allMatch(Future::isDone));
            for (Future<?> f : savers) f.get();
        } finally {
            pool.shutdownNow();
        }
        assertEquals(List.of("last.safetensors"), FaultyDisk.names(folder));
    }

    /** The kernel itself refuses bytes, as it does on a full disk: the process may not write files above 64 KiB. */
    @Test
    void aLimitOfTheSystemLeavesTheOldFile() throws Exception {
        Path file = folder.resolve("x.txt");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // A block is 512 bytes in sh and 1024 in bash. Without a shell there is no way to set the limit.
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh");
        Process child = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "ulimit -f 64 && exec \"$0\" \"$@\"",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LimitedWriter.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(child.waitFor(60, TimeUnit.SECONDS), "the child process ended");
        assertTrue(output.contains(file + ": could not write 1000000 bytes: "), output);
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("x.txt"), FaultyDisk.names(folder));
    }

    /** The process with the limit. */
    static final class LimitedWriter {
        private LimitedWriter() {}

        public static void main(String[] arguments) {
            Path file = Path.of(arguments[0]);
            AtomicFile.writeText(file, "old");
            try {
                AtomicFile.writeText(file, "x".repeat(1_000_000));
            } catch (CheckpointException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
