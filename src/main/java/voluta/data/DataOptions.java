package voluta.data;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How to open a data set.
 *
 * @param place a folder, or the CSV file of a manifest; empty for the carried data set
 * @param split which part of it
 * @param classMap a file with the names of the classes, one a line, which fixes their order; otherwise they are in natural
 *     order
 * @param maxBad the largest share of pictures that may be skipped; above it the reading ends
 * @param cacheDir a folder for decoded pictures, so that later epochs and runs need not decode them; otherwise small sets
 *     are kept in memory
 * @param cacheBytes how much memory decoded pictures may take
 */
public record DataOptions(
        Optional<Path> place,
        Split split,
        Optional<Path> classMap,
        BadShare maxBad,
        Optional<Path> cacheDir,
        long cacheBytes) {
    /** One picture in a hundred. */
    public static final BadShare MAX_BAD = new BadShare(0.01);

    /** With a cache of at most a quarter of the Java heap. */
    public static DataOptions of(Path placeOrNull, Split split) {
        return new DataOptions(
                Optional.ofNullable(placeOrNull),
                split,
                Optional.empty(),
                MAX_BAD,
                Optional.empty(),
                Runtime.getRuntime().maxMemory() / 4);
    }

    /** The same for another split. */
    public DataOptions withSplit(Split split) {
        return new DataOptions(place, split, classMap, maxBad, cacheDir, cacheBytes);
    }

    /** The same with this order of classes. */
    public DataOptions withClassMap(Optional<Path> classMap) {
        return new DataOptions(place, split, classMap, maxBad, cacheDir, cacheBytes);
    }

    /** The same with so many bad pictures allowed. */
    public DataOptions withMaxBad(BadShare maxBad) {
        return new DataOptions(place, split, classMap, maxBad, cacheDir, cacheBytes);
    }

    /** The same with a folder for decoded pictures. */
    public DataOptions withCacheDir(Optional<Path> cacheDir) {
        return new DataOptions(place, split, classMap, maxBad, cacheDir, cacheBytes);
    }

    /** The same with so many bytes of memory for decoded pictures; 0 decodes them each time. */
    public DataOptions withCacheBytes(long cacheBytes) {
        return new DataOptions(place, split, classMap, maxBad, cacheDir, cacheBytes);
    }
}
