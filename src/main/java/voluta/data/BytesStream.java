package voluta.data;

import javax.imageio.stream.ImageInputStreamImpl;

/** Bytes in memory as ImageIO wants to read them. Past a moment it gives no more: decoders cannot be ended otherwise. */
final class BytesStream extends ImageInputStreamImpl {
    /** Thrown in the middle of a decoder that takes too long. */
    static final class TooSlow extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooSlow() {
            super(null, null, false, false);
        }
    }

    private final byte[] bytes;
    private final int length;
    private final long deadline;
    private int reads;

    /** @param deadline in terms of System.nanoTime */
    BytesStream(byte[] bytes, int length, long deadline) {
        this.bytes = bytes;
        this.length = length;
        this.deadline = deadline;
    }

    @Override
    public int read() {
        check();
        bitOffset = 0;
        return streamPos < length ? bytes[(int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] b, int off, int len) {
        check();
        bitOffset = 0;
        int n = (int) Math.min(len, length - streamPos);
        if (n <= 0) return len == 0 ? 0 : -1;
        System.arraycopy(bytes, (int) streamPos, b, off, n);
        streamPos += n;
        return n;
    }

    private void check() {
        if ((++reads & 63) == 0 && System.nanoTime() - deadline > 0) throw new TooSlow();
    }

    @Override
    public long length() {
        return length;
    }
}
