package voluta.experiment;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.OutputFolder;
import voluta.report.Png;

/**
 * What came out of an experiment.
 *
 * @param setup what was done, in sentences
 * @param tables all numbers; the first is the result itself. The same each time on the same machine
 * @param summary a table for people, lines of text
 * @param conclusion what the numbers say, in sentences
 * @param pictures by the name of their files, without ending
 */
public record Outcome(
        List<String> setup,
        List<Table> tables,
        String summary,
        List<String> conclusion,
        Map<String, BufferedImage> pictures) {
    /** The file with what was done and what the numbers say. */
    public static final String CONCLUSION = "conclusion.txt";

    public Outcome {
        setup = List.copyOf(setup);
        tables = List.copyOf(tables);
        conclusion = List.copyOf(conclusion);
        pictures = Collections.unmodifiableMap(new LinkedHashMap<>(pictures));
    }

    /**
     * Writes everything into a folder, which is made; files of an earlier experiment are replaced.
     *
     * @return the files, the pictures first
     * @throws ExperimentException if the folder cannot be made
     */
    public List<Path> write(Path folder) {
        makeFolder(folder);
        List<Path> files = new ArrayList<>();
        pictures.forEach((name, picture) -> {
            Path file = folder.resolve(name + ".png");
            Png.write(file, picture);
            files.add(file);
        });
        for (Table t : tables) {
            Path file = folder.resolve(t.name() + ".csv");
            AtomicFile.writeText(file, t.csv());
            files.add(file);
        }
        Path text = folder.resolve(CONCLUSION);
        AtomicFile.writeText(
                text,
                String.join("\n", setup) + "\n\n" + summary.stripTrailing() + "\n\n" + String.join("\n", conclusion)
                        + "\n");
        files.add(text);
        return files;
    }

    /** Makes the folder, so that it is known before minutes of work whether it can be. */
    public static void makeFolder(Path folder) {
        OutputFolder.make(folder, ExperimentException::new);
    }
}
