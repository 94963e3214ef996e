package voluta.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Statistics in a cache, in a small text file for each fingerprint: a head, the means, the deviations and a checksum. What
 * cannot be read is computed again.
 */
final class StoredStatistics {
    private static final Logger LOG = LoggerFactory.getLogger(StoredStatistics.class);
    private static final String HEAD = "voluta statistics 1";

    private StoredStatistics() {}

    /** Where those of a data set are, if it has both a fingerprint and a cache. */
    static Optional<Path> place(Dataset dataset) {
        return dataset.cacheDir()
                .flatMap(folder -> dataset.fingerprint().map(name -> folder.resolve(name + ".statistics")));
    }

    static Optional<DatasetStatistics> read(Path file, int channels) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            boolean whole = lines.size() == 4
                    && lines.get(0).equals(HEAD)
                    && lines.get(3).equals(checksum(lines.get(1), lines.get(2)));
            if (whole) {
                double[] mean = numbers(lines.get(1)), std = numbers(lines.get(2));
                if (mean.length == channels && std.length == channels)
                    return Optional.of(DatasetStatistics.of(mean, std));
            }
            LOG.warn("{} is damaged; the statistics are computed again", file);
        } catch (NoSuchFileException e) {
            // The first time.
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} cannot be read ({}); the statistics are computed again", file, e.getMessage());
        }
        return Optional.empty();
    }

    static void write(Path file, DatasetStatistics statistics) {
        String mean = text(statistics.mean()), std = text(statistics.std());
        try {
            WholeFile.write(
                    file,
                    out -> out.write(String.join("\n", HEAD, mean, std, checksum(mean, std), "")
                            .getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            // A folder that is only read: the next run computes them too.
            LOG.debug("{} cannot be written", file, e);
        }
    }

    private static String text(double[] numbers) {
        return DoubleStream.of(numbers).mapToObj(Double::toString).collect(Collectors.joining(" "));
    }

    private static double[] numbers(String text) {
        return Stream.of(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    private static String checksum(String... lines) {
        CRC32C crc = new CRC32C();
        for (String line : lines) crc.update(line.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
