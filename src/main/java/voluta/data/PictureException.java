package voluta.data;

/** A single picture that cannot be used; the rest of its data set can. Loaders skip it, and count it. */
public final class PictureException extends DataException {
    private static final long serialVersionUID = 1L;

    private final String picture;
    private final String reason;

    PictureException(String picture, String reason) {
        this(picture, reason, null);
    }

    /**
     * @param picture the name of the file
     * @param reason the rest of a sentence that begins with the name
     */
    PictureException(String picture, String reason, Throwable cause) {
        super(picture + " " + reason, cause);
        this.picture = picture;
        this.reason = reason;
    }

    /** The name of the file. */
    public String picture() {
        return picture;
    }

    /** What is wrong with it. */
    public String reason() {
        return reason;
    }
}
