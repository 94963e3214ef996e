package voluta.data;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Keeps pictures on the Java heap until a number of bytes is reached; what comes later is not kept. */
final class MemoryCache implements PictureCache {
    private final AtomicReferenceArray<Image> images;
    private final AtomicLong left;

    MemoryCache(int count, long bytes) {
        this.images = new AtomicReferenceArray<>(count);
        this.left = new AtomicLong(bytes);
    }

    @Override
    public Image get(int index) {
        return images.get(index);
    }

    @Override
    public void put(int index, Image image) {
        int bytes = image.pixels().length;
        if (left.addAndGet(-bytes) < 0) {
            left.addAndGet(bytes);
        } else if (!images.compareAndSet(index, null, image)) {
            left.addAndGet(bytes);
        }
    }
}
