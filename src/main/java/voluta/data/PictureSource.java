package voluta.data;

import java.io.IOException;
import java.util.List;

/** Encoded pictures with labels, by number: in a folder, in archives, or listed in a file. Safe for several threads. */
interface PictureSource extends AutoCloseable {
    int size();

    /** What messages call a picture: its path. */
    String picture(int index);

    /** What the picture is called where it lies, whatever the place is called. */
    String name(int index);

    int label(int index);

    List<String> classNames();

    /** Reads the encoded picture. */
    void read(int index, FileBytes into) throws IOException;

    /** The first picture of each archive, ascending from 0; empty where there are none. */
    default int[] shards() {
        return new int[0];
    }

    /** What the file system says of the file that the picture is, or lies in, now or before anything of it was read. */
    FileStamp stamp(int index) throws IOException;

    @Override
    default void close() {}
}
