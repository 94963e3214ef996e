package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** The epochs that are done as text in a checkpoint: a line each, with all digits. */
final class EpochRows {
    private static final int FIELDS = 19;
    /** Of checkpoints from before there was a loss scale. */
    private static final int FIELDS_ONCE = 17;

    private EpochRows() {}

    static String write(List<EpochReport> epochs) {
        StringJoiner lines = new StringJoiner("\n");
        for (EpochReport e : epochs) lines.add(line(e));
        return lines.toString();
    }

    private static String line(EpochReport e) {
        Object[] fields = {
            e.epoch(),
            e.step(),
            e.learningRate(),
            e.loss(),
            e.top1(),
            e.evaluation().images(),
            e.evaluation().loss(),
            e.evaluation().top1(),
            e.evaluation().top5(),
            e.evaluation().seconds(),
            e.gradientNorm(),
            e.maxGradientNorm(),
            e.clippedShare(),
            e.imagesPerSecond(),
            e.waitShare(),
            e.seconds(),
            e.best() ? 1 : 0,
            e.lossScale(),
            e.skippedSteps()
        };
        StringJoiner line = new StringJoiner(",");
        for (Object field : fields) line.add(field.toString());
        return line.toString();
    }

    /** @throws NumberFormatException if this is not what {@link #write} gives */
    static List<EpochReport> read(String text) {
        List<EpochReport> epochs = new ArrayList<>();
        for (String line : text.lines().toList()) epochs.add(row(line.split(",")));
        return epochs;
    }

    private static EpochReport row(String[] f) {
        boolean scaled = f.length == FIELDS;
        if (!scaled && f.length != FIELDS_ONCE)
            throw new NumberFormatException(f.length + " fields instead of " + FIELDS);
        Evaluation evaluation =
                new Evaluation(Long.parseLong(f[5]), number(f[6]), number(f[7]), number(f[8]), number(f[9]));
        return new EpochReport(
                Integer.parseInt(f[0]),
                Long.parseLong(f[1]),
                number(f[2]),
                number(f[3]),
                number(f[4]),
                evaluation,
                number(f[10]),
                number(f[11]),
                number(f[12]),
                scaled ? number(f[17]) : 1,
                scaled ? Long.parseLong(f[18]) : 0,
                number(f[13]),
                number(f[14]),
                number(f[15]),
                f[16].equals("1"));
    }

    private static double number(String text) {
        return Double.parseDouble(text);
    }
}
