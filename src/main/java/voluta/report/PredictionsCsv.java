package voluta.report;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import voluta.checkpoint.AtomicFile;

/** {@code predictions.csv}: a row for each image, in the order of the data set. */
final class PredictionsCsv {
    static final String HEADER = "image,true,predicted,probability,true_probability,loss\n";
    private static final int ROWS_AT_ONCE = 1_000;
    private static final int ABOUT_BYTES_PER_ROW = 64;

    private PredictionsCsv() {}

    static void write(Path file, Judgements judgements) {
        List<Judgements.Row> rows = judgements.rows();
        AtomicFile.write(file, (long) ABOUT_BYTES_PER_ROW * rows.size(), sink -> {
            StringBuilder text = new StringBuilder(HEADER);
            for (int i = 0; i < rows.size(); i++) {
                add(text, rows.get(i), judgements.classNames());
                if (i % ROWS_AT_ONCE != ROWS_AT_ONCE - 1) continue;
                sink.write(bytes(text));
                text.setLength(0);
            }
            sink.write(bytes(text));
        });
    }

    private static ByteBuffer bytes(StringBuilder text) {
        return StandardCharsets.UTF_8.encode(text.toString());
    }

    private static void add(StringBuilder text, Judgements.Row r, List<String> names) {
        text.append(field(r.name())).append(',');
        text.append(field(names.get(r.label()))).append(',');
        text.append(field(names.get(r.predicted())));
        number(text, r.probability());
        number(text, r.trueProbability());
        number(text, r.loss());
        text.append('\n');
    }

    /** With six decimals, like {@code %.6f}, which is slow for a million of them. */
    private static void number(StringBuilder text, double value) {
        if (!Double.isFinite(value)) {
            text.append(',').append(value);
            return;
        }
        long millionths = Math.round(value * 1e6);
        String decimals = Long.toString(1_000_000 + millionths % 1_000_000);
        text.append(',').append(millionths / 1_000_000).append('.').append(decimals, 1, decimals.length());
    }

    /** In quotes where RFC 4180 asks for them. */
    private static String field(String value) {
        boolean plain = value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
