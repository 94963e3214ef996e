package voluta.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.train.EpochReport;
import voluta.train.StepReport;

/** The findings as the JSON that the page shows. What is no number is null. */
final class ReportJson {
    /** Images of a cell that are listed, and of all cells. */
    private static final int LISTED_OF_CELL = 200;

    private static final int LISTED = 20_000;

    private final JsonNodeFactory json = JsonNodeFactory.instance;
    private final Findings findings;

    ReportJson(Findings findings) {
        this.findings = findings;
    }

    ObjectNode make() {
        ObjectNode all = json.objectNode();
        all.put("title", findings.title());
        all.put("samples", findings.network().samples());
        ArrayNode facts = all.putArray("facts");
        findings.facts().forEach((name, value) -> facts.addArray().add(name).add(value));
        ArrayNode epochs = all.putArray("epochs");
        findings.epochs().forEach(e -> epoch(epochs.addObject(), e));
        ArrayNode steps = all.putArray("steps");
        findings.steps().forEach(s -> step(steps.addObject(), s));
        ArrayNode memory = all.putArray("memory");
        for (MemorySample m : findings.memory()) {
            ObjectNode sample = memory.addObject().put("epoch", m.epoch()).put("heap", m.heapBytes());
            if (m.residentBytes() > 0) sample.put("resident", m.residentBytes());
        }
        all.put("options", findings.options());
        network(all.putObject("network"));
        findings.judgements().ifPresent(j -> judgements(all.putObject("judged"), j));
        return all;
    }

    private static void epoch(ObjectNode to, EpochReport e) {
        to.put("epoch", e.epoch()).put("step", e.step());
        number(to, "lr", e.learningRate());
        number(to, "train_loss", e.loss());
        number(to, "train_top1", e.top1());
        number(to, "val_loss", e.evaluation().loss());
        number(to, "val_top1", e.evaluation().top1());
        number(to, "val_top5", e.evaluation().top5());
        number(to, "gradient_norm", e.gradientNorm());
        number(to, "gradient_norm_max", e.maxGradientNorm());
        number(to, "clipped_share", e.clippedShare());
        number(to, "loss_scale", e.lossScale());
        number(to, "skipped_steps", e.skippedSteps());
        number(to, "images_per_second", e.imagesPerSecond());
        number(to, "wait_share", e.waitShare());
        number(to, "seconds", e.seconds());
        to.put("best", e.best());
    }

    private static void step(ObjectNode to, StepReport s) {
        to.put("epoch", s.epoch() - 1 + (double) s.stepInEpoch() / s.stepsPerEpoch());
        to.put("step", s.step());
        number(to, "lr", s.learningRate());
        number(to, "loss", s.loss());
        number(to, "top1", s.top1());
        number(to, "gradient_norm", s.gradientNorm());
        number(to, "images_per_second", s.imagesPerSecond());
        number(to, "wait_share", s.waitShare());
    }

    /** Seven digits: more than any picture shows. A gradient that explodes in double has numbers that no float has. */
    static void number(ObjectNode to, String name, double value) {
        float rounded = Float.parseFloat(Double.toString(value));
        if (Float.isFinite(rounded)) to.put(name, rounded);
        else if (Double.isFinite(value)) to.put(name, value);
        else to.putNull(name);
    }

    private void network(ObjectNode to) {
        ModelSummary summary = ModelSummary.of(Network.of(findings.network()));
        to.put("name", findings.network().name());
        to.put("parameters", summary.parameters());
        to.put("multiply_adds", summary.multiplyAdds());
        to.put("yaml", findings.network().yaml());
        ArrayNode layers = to.putArray("layers");
        for (ModelSummary.Row r : summary.rows()) {
            layers.addObject()
                    .put("path", r.path())
                    .put("kind", r.kind())
                    .put("output", r.output().toString())
                    .put("parameters", r.parameters())
                    .put("multiply_adds", r.multiplyAdds())
                    .put("field", r.field().map(f -> f.sizes()).orElse(""));
        }
    }

    private void judgements(ObjectNode to, Judgements j) {
        to.put("data", findings.data());
        to.put("images", j.rows().size());
        number(to, "accuracy", j.accuracy());
        ArrayNode classes = to.putArray("classes");
        for (Judgements.ClassScore c : j.scores()) {
            ObjectNode score = classes.addObject().put("name", c.name()).put("images", c.images());
            number(score, "precision", c.precision());
            number(score, "recall", c.recall());
            number(score, "f1", c.f1());
        }
        ArrayNode cells = to.putArray("cells");
        long[][] confusion = j.confusion();
        for (int t = 0; t < confusion.length; t++) {
            for (int p = 0; p < confusion.length; p++) {
                if (confusion[t][p] > 0) cells.addArray().add(t).add(p).add(confusion[t][p]);
            }
        }
        reliability(to.putObject("reliability"), Reliability.of(j.rows()));
        images(to, j);
    }

    private static void reliability(ObjectNode to, Reliability r) {
        number(to, "error", r.error());
        ArrayNode bins = to.putArray("bins");
        for (Reliability.Bin b : r.bins()) {
            ObjectNode bin = bins.addObject();
            number(bin, "from", b.from());
            number(bin, "to", b.to());
            bin.put("images", b.images());
            number(bin, "probability", b.probability());
            number(bin, "accuracy", b.accuracy());
        }
    }

    private void images(ObjectNode to, Judgements j) {
        Map<Integer, voluta.data.Image> pictures = j.pictures();
        Map<Integer, Integer> places = Map.of();
        if (!pictures.isEmpty()) {
            Atlas atlas = Atlas.of(pictures);
            places = atlas.places();
            to.putObject("atlas")
                    .put("width", atlas.width())
                    .put("height", atlas.height())
                    .put("columns", atlas.columns())
                    .put("rows", atlas.rows())
                    .put("uri", atlas.uri());
        }
        List<Judgements.Row> worst = j.worst();
        Set<Integer> shown = new HashSet<>(pictures.keySet());
        worst.forEach(r -> shown.add(r.index()));
        Map<Long, Integer> ofCell = new HashMap<>();
        Map<Integer, Integer> positions = new HashMap<>();
        ArrayNode images = to.putArray("pictures");
        for (Judgements.Row r : j.rows()) {
            long cell = (long) r.label() * j.classNames().size() + r.predicted();
            boolean listed = images.size() < LISTED && ofCell.getOrDefault(cell, 0) < LISTED_OF_CELL;
            if (!shown.contains(r.index()) && !listed) continue;
            ofCell.merge(cell, 1, Integer::sum);
            positions.put(r.index(), images.size());
            picture(images.addArray(), r, places.getOrDefault(r.index(), -1));
        }
        ArrayNode gallery = to.putArray("worst");
        worst.forEach(r -> gallery.add(positions.get(r.index())));
    }

    /** Name, class, guess, its probability, that of the class, place in the atlas or -1. An array, for there are many. */
    private static void picture(ArrayNode to, Judgements.Row r, int place) {
        to.add(r.name()).add(r.label()).add(r.predicted());
        to.add(rounded(r.probability())).add(rounded(r.trueProbability())).add(place);
    }

    private static double rounded(double probability) {
        return Math.round(probability * 1e4) / 1e4;
    }
}
