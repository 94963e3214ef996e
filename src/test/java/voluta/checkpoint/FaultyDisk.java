package voluta.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The real disk, but for one call. */
final class FaultyDisk implements Disk {
    enum Fault {
        /** The call fails, and later ones work. */
        FAIL,
        /** The call and all later ones fail. */
        FAIL_FOR_GOOD,
        /** A write stores half of its bytes and then fails, as on a full disk; other calls fail. */
        HALF_THEN_FAIL,
        /** A write stores half of its bytes and says so, as a call to the system may. */
        SHORT
    }

    private final int faulty;
    private final Fault fault;
    final List<String> calls = new ArrayList<>();
    Runnable beforeWrite = () -> {};

    /** Injects {@code fault} into call number {@code faulty}, counted from 1. */
    FaultyDisk(int faulty, Fault fault) {
        this.faulty = faulty;
        this.fault = fault;
    }

    private boolean due(String call) {
        calls.add(call);
        return calls.size() == faulty || (fault == Fault.FAIL_FOR_GOOD && calls.size() > faulty);
    }

    private void call(String name) throws IOException {
        if (due(name) && fault != Fault.SHORT) throw new IOException("injected failure of " + name);
    }

    @Override
    public Output create(Path file) throws IOException {
        call("create");
        Output real = Disk.LOCAL.create(file);
        return new Output() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                beforeWrite.run();
                if (!due("write")) return real.write(bytes);
                ByteBuffer half = bytes.slice(bytes.position(), (bytes.remaining() + 1) / 2);
                if (fault == Fault.HALF_THEN_FAIL || fault == Fault.SHORT) real.write(half);
                if (fault == Fault.SHORT) return half.limit();
                throw new IOException("injected failure of write");
            }

            @Override
            public void force() throws IOException {
                call("force");
                real.force();
            }

            @Override
            public void close() throws IOException {
                real.close(); // Even a close that fails gives the descriptor back.
                call("close");
            }
        };
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        call("move");
        Disk.LOCAL.move(from, to);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        call("forceFolder");
        Disk.LOCAL.forceFolder(folder);
    }

    @Override
    public void delete(Path file) throws IOException {
        call("delete");
        Disk.LOCAL.delete(file);
    }

    /** The names in a folder, sorted. */
    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
