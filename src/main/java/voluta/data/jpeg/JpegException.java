package voluta.data.jpeg;

import java.io.IOException;

/** Why a JPEG picture cannot be decoded. */
public final class JpegException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What to do about it depends on this. */
    public enum Kind {
        /** The file ends too early. */
        CUT_SHORT,
        /** The file breaks the rules of the format. */
        DAMAGED,
        /** A variety that this decoder does not know. */
        UNSUPPORTED,
        /** The time is up. */
        TOO_SLOW
    }

    private final Kind kind;

    JpegException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    static JpegException damaged(String message) {
        return new JpegException(Kind.DAMAGED, message);
    }

    static JpegException cutShort() {
        return new JpegException(Kind.CUT_SHORT, "the file ends too early");
    }

    static JpegException unsupported(String message) {
        return new JpegException(Kind.UNSUPPORTED, message);
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }
}
