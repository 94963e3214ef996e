package voluta.data;

/** Decoded pictures, so that they need not be decoded again. Safe for several threads. */
interface PictureCache extends AutoCloseable {
    /** Keeps nothing. */
    PictureCache NONE = new PictureCache() {
        @Override
        public Image get(int index) {
            return null;
        }

        @Override
        public void put(int index, Image image) {}
    };

    /**
     * A picture, or null if it is not there.
     *
     * @throws PictureException if it is known that it cannot be used
     */
    Image get(int index);

    void put(int index, Image image);

    @Override
    default void close() {}
}
