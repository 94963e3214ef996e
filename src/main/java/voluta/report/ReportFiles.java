package voluta.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.OutputFolder;
import voluta.train.TrainingException;

/** Writes findings into a folder. */
final class ReportFiles {
    static final String REPORT = "report.html";

    private final Path folder;
    private final Consumer<String> notices;

    /** @param notices is told what could not be written */
    ReportFiles(Path folder, Consumer<String> notices) {
        this.folder = folder;
        this.notices = notices;
    }

    /** Makes the folder if there is none. */
    ReportFiles make() {
        OutputFolder.make(folder, TrainingException::new);
        return this;
    }

    /**
     * Writes all files, side by side: most of the time goes into the first use of classes and fonts.
     *
     * @param curves whether {@code results.png} is among them; it does not change by judging
     */
    void write(Findings findings, boolean curves) {
        List<Runnable> files = new ArrayList<>();
        files.add(() -> AtomicFile.writeText(
                folder.resolve(REPORT),
                HtmlPage.of("/voluta/report/report", findings.title(), new ReportJson(findings).make())));
        findings.judgements()
                .ifPresent(j -> files.add(() -> PredictionsCsv.write(folder.resolve("predictions.csv"), j)));
        files.add(() -> pictures(findings, curves));
        List<CompletableFuture<Void>> writing =
                files.stream().map(CompletableFuture::runAsync).toList();
        try {
            CompletableFuture.allOf(writing.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException r) throw r;
            throw e;
        }
    }

    private void pictures(Findings findings, boolean withCurves) {
        Optional<String> without = noText(ReportFiles::drawLetter);
        if (without.isPresent()) {
            notices.accept("the pictures with text are left out, for this system cannot draw letters (" + without.get()
                    + "); install fontconfig and a font, or open " + REPORT + " in a browser");
            return;
        }
        BufferedImage curves = withCurves ? Curves.draw(findings) : null;
        if (curves != null) Png.write(folder.resolve("results.png"), curves);
        findings.judgements().ifPresent(j -> {
            Png.write(folder.resolve("confusion_matrix.png"), ConfusionPicture.draw(j));
            Png.write(folder.resolve("val_batch0_pred.png"), GuessPicture.draw(j));
        });
    }

    /**
     * Why no text can be drawn, if so. A system without fonts shows it by errors of several kinds, none of them documented:
     * without fontconfig an InternalError or a LinkageError, with it and no font a plain Error.
     */
    static Optional<String> noText(Runnable drawing) {
        try {
            drawing.run();
            return Optional.empty();
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Error | RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static void drawLetter() {
        Graphics2D g = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
        try {
            g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 8));
            g.drawString("a", 0, 8);
        } finally {
            g.dispose();
        }
    }
}
