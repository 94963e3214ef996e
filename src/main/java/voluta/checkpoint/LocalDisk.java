package voluta.checkpoint;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The local file system.
 *
 * <p>Note [Uninterruptible saves]: a {@link FileChannel} closes itself when its thread is interrupted, and a program
 * that is being stopped interrupts its threads just when it wants to save. So bytes go through a stream, and the one
 * channel that is needed, to force a folder, is opened again if an interrupt closed it.
 *
 * <p>Note [Who is alive]: a writer holds a file lock on its temporary file. The kernel drops it when the process dies,
 * however it dies, and it is seen across containers, where process numbers mean nothing. Within this process
 * {@link #IN_USE} answers instead, since closing a second descriptor of a locked file would drop the lock.
 */
final class LocalDisk implements Disk {
    private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

    @Override
    public Output create(Path file) throws IOException {
        Path key = key(file);
        if (!IN_USE.add(key)) throw new FileAlreadyExistsException(file.toString());
        try {
            Files.createFile(file);
            try {
                return open(file, key);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(file);
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            IN_USE.remove(key);
            throw e;
        }
    }

    /** The same for all ways to name a file: links in the path to its folder are followed. */
    private static Path key(Path file) throws IOException {
        return file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
    }

    private static Output open(Path file, Path key) throws IOException {
        FileOutputStream stream = new FileOutputStream(file.toFile());
        try {
            lock(stream.getChannel());
            // A cleaner that came between creation and lock has removed the name: the caller takes another.
            if (Files.notExists(file)) throw new FileAlreadyExistsException(file.toString());
            return new StreamOutput(key, stream);
        } catch (IOException | RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    private static void lock(FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (IOException unsupported) {
            return; // Some network file systems have no locks; deleteIfAbandoned then goes by age.
        }
        if (lock == null) throw new FileAlreadyExistsException("another process is removing this temporary file");
    }

    /**
     * Removes a temporary file unless a living process writes it; returns whether it did. Where the file system has no
     * locks, a file untouched for {@code unlockableMillis} counts as abandoned.
     */
    static boolean deleteIfAbandoned(Path file, long unlockableMillis) throws IOException {
        if (IN_USE.contains(key(file))) return false;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            boolean abandoned;
            try {
                abandoned = channel.tryLock() != null;
            } catch (OverlappingFileLockException e) {
                return false; // Locked by this process, by code loaded a second time.
            } catch (IOException unsupported) {
                long modified = Files.getLastModifiedTime(file).toMillis();
                abandoned = System.currentTimeMillis() - modified > unlockableMillis;
            }
            // Removed under the lock, so that a writer that has just created it sees that it is gone.
            return abandoned && Files.deleteIfExists(file);
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                    channel.force(true);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    private static final class StreamOutput implements Output {
        private final Path key;
        private final FileOutputStream stream;
        private byte[] copy = new byte[0];

        StreamOutput(Path key, FileOutputStream stream) {
            this.key = key;
            this.stream = stream;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int n = bytes.remaining();
            if (bytes.hasArray()) {
                stream.write(bytes.array(), bytes.arrayOffset() + bytes.position(), n);
                bytes.position(bytes.limit());
            } else {
                if (copy.length < n) copy = new byte[n];
                bytes.get(copy, 0, n);
                stream.write(copy, 0, n);
            }
            return n;
        }

        @Override
        public void force() throws IOException {
            stream.getFD().sync();
        }

        @Override
        public void close() throws IOException {
            try {
                stream.close();
            } finally {
                IN_USE.remove(key);
            }
        }
    }
}
