package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.Browser;
import voluta.train.TrainingConfig;

/** Runs side by side. */
class CompareCommandTest {
    private static final TrainingConfig CONFIG = TrainingConfig.DEFAULTS.with("epochs", "3");

    @TempDir
    private Path folder;

    private Path first;
    private Path second;

    @BeforeEach
    void write() throws IOException {
        first = RunFolders.write(folder.resolve("first"), CONFIG, 10, List.of(0.7, 0.85, 0.8));
        second = RunFolders.write(
                folder.resolve("second"), CONFIG.with("lr", "0.0005").with("opt", "sgd"), 10, List.of(0.5, 0.9));
        RunFolders.report(first, 1, LiveViewTest.started(), RunFolders.ended("complete"));
        RunFolders.report(second, 1, LiveViewTest.started());
    }

    private Outcome compare(Object... words) {
        String[] all = new String[words.length + 1];
        all[0] = "compare";
        for (int i = 0; i < words.length; i++) all[i + 1] = words[i].toString();
        return Outcome.of(all);
    }

    @Test
    void whatDiffersAndWhatCameOfItStandsSideBySide() {
        assertEquals(
                """
                                   first      second
                model               tiny        tiny
                classes               10          10
                parameters        61,706      61,706
                --opt              adamw         sgd
                --lr               0.003      0.0005
                state           complete     running
                epochs done          3/3         2/3
                best epoch             2           2
                top1           85.00 %    90.00 % *
                top5             99.00 %     99.00 %
                loss            1.2500      1.2000 *
                training loss     1.1500      1.1000
                time                0:32        0:21
                images/s           4,000       4,000
                memory          977 KiB     977 KiB
                gradient norm       1.50        1.50
                clipped steps     25.0 %      25.0 %
                """.replaceAll(" +", " "),
                compare(first, second).succeeded().out().replaceAll(" +", " "));
    }

    /** Arrays are samples, as in the log; beside images both are. */
    @Test
    void whatIsNotImagesIsNotCalledThat() throws IOException {
        Path model = second.resolve("model.yaml");
        Files.writeString(
                model, Files.readString(model).replace("[1, 8, 8]", "[64]").replace("  - flatten\n", ""));
        Path third = RunFolders.write(folder.resolve("third"), CONFIG.with("data-dir", "x"), 10, List.of(0.6));
        Files.copy(model, third.resolve("model.yaml"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        for (Path other : List.of(first, third)) {
            Outcome o = compare(second, other).succeeded();
            assertTrue(o.out().contains("\nsamples/s ") && !o.out().contains("images"), o.out());
        }
        String note = compare(second, third).succeeded().err();
        assertTrue(note.contains("measured on different samples"), note);
    }

    @Test
    void columnsAreAligned() {
        List<String> lines = compare(first, second).succeeded().out().lines().toList();
        for (String value : List.of("sgd", "0.0005", "90.00 % *"))
            assertTrue(lines.stream().anyMatch(l -> l.endsWith(value)), lines.toString());
        int end = lines.get(0).length();
        assertTrue(lines.stream().allMatch(l -> l.length() <= end), lines.toString());
        assertEquals(
                end,
                lines.stream()
                        .filter(l -> l.startsWith("--lr"))
                        .findFirst()
                        .orElseThrow()
                        .length());
    }

    @Test
    void runsThatDoNotFitSideBySideGoOnBelow() throws IOException {
        Path[] many = new Path[8];
        for (int i = 0; i < many.length; i++)
            many[i] = RunFolders.write(folder.resolve("a-longer-name-" + i), CONFIG, 10, List.of(0.1 * i));
        List<String> lines = compare((Object[]) many).succeeded().out().lines().toList();
        assertTrue(lines.stream().allMatch(l -> l.length() <= 100), lines.toString());
        assertEquals(2, lines.stream().filter(l -> l.startsWith("top1")).count(), lines.toString());
    }

    @Test
    void jsonHasARecordForEachRun() {
        List<JsonNode> records = compare(first, second, "--json").succeeded().json();
        assertEquals(3, records.size());
        assertEquals(0.9, records.get(1).get("top1").asDouble());
        assertEquals("sgd", records.get(1).get("settings").get("opt").asText());
        assertEquals(2, records.get(1).get("epochs_done").asInt());
        assertEquals(0.25, records.get(0).get("clipped_share").asDouble());
        assertEquals("[\"opt\",\"lr\"]", records.get(2).get("differing").toString());
    }

    @Test
    void theCurvesOfAllRunsAreDrawnLightOrDark() throws IOException {
        Path light = folder.resolve("light.png"), dark = folder.resolve("dark.png");
        assertTrue(compare(first, second, "-o", light).succeeded().out().contains("picture  " + light));
        compare(first, second, "--output", dark, "--theme", "dark").succeeded();
        BufferedImage a = ImageIO.read(light.toFile()), b = ImageIO.read(dark.toFile());
        assertEquals(0xffffffff, a.getRGB(2, 2));
        assertTrue((b.getRGB(2, 2) & 0xff) < 64, "a dark ground");
        int blue = 0xff0072b2, vermilion = 0xffd55e00;
        assertTrue(count(a, blue) > 200 && count(a, vermilion) > 100, count(a, blue) + " and " + count(a, vermilion));
        assertNotEquals(0, count(b, 0xff56b4e9));
    }

    /** One file with the table, its notes and the curves, in a browser. */
    @Test
    void aPageHasTheTableAndTheCurves() throws Exception {
        Path page = folder.resolve("compared.html");
        Path other = RunFolders.write(
                folder.resolve("<b>other"),
                CONFIG.with("data-dir", "/data")
                        .with("param-group", "linear1:lr=0.1,weight-decay=0; conv1,conv2:lr=0.25"),
                10,
                List.of(0.4));
        assertTrue(compare(first, second, other, "-o", page).succeeded().out().contains("page     " + page));
        Files.delete(second.resolve("results.csv"));
        Browser browser = Browser.in(folder);
        String main = browser.played(page, "", "");
        assertTrue(
                main.contains("<thead><tr><th></th><th>first</th><th>second</th><th>&lt;b&gt;other</th></tr></thead>"),
                main);
        assertTrue(main.contains("<tr class=\"option\"><th>--opt</th><td>adamw</td>"), main);
        assertTrue(main.contains("<td class=\"best\">90.00 % *</td>"), main);
        assertTrue(main.contains("<td>linear1:lr=0.1,weight-decay=0; conv1,conv2:lr=0.25</td>"), "the whole of it");
        assertTrue(main.contains("<p>these runs were measured on different images"), main);
        String measure = """
                const img = document.querySelector('img'), seen = () => { img.dataset.seen = img.naturalWidth; };
                if (img.complete) seen(); else img.onload = seen;
                """;
        int width = Integer.parseInt(Browser.first(browser.played(page, measure, ""), "data-seen=\"([^\"]*)\""));
        assertTrue(width > 600, "the curves are " + width + " pixels wide");
    }

    private static int count(BufferedImage picture, int colour) {
        int n = 0;
        for (int y = 0; y < picture.getHeight(); y++)
            for (int x = 0; x < picture.getWidth(); x++) if (picture.getRGB(x, y) == colour) n++;
        return n;
    }

    @Test
    void aRunThatLacksSomethingIsShownWithoutIt() throws IOException {
        Files.delete(second.resolve("results.csv"));
        Files.delete(second.resolve("progress.jsonl"));
        Files.delete(second.resolve("model.yaml"));
        Outcome outcome = compare(first, second).succeeded();
        assertTrue(outcome.err().contains("note: " + second.resolve("results.csv") + " is missing"), outcome.err());
        assertTrue(outcome.err().contains("note: " + second.resolve("model.yaml") + " is missing"), outcome.err());
        assertTrue(outcome.out().replaceAll(" +", " ").contains("top1 85.00 % -\n"), outcome.out());
        assertTrue(outcome.out().replaceAll(" +", " ").contains("epochs done 3/3 0/3\n"), outcome.out());
        compare(second, "-o", folder.resolve("a.png")).failed(3, "nothing to draw");
    }

    @Test
    void aRowThatIsNoneEndsTheTableThere() throws IOException {
        Path csv = second.resolve("results.csv");
        Files.writeString(csv, Files.readString(csv).replaceFirst("2,312,.*", "2,312,0.003,cut"));
        Outcome outcome = compare(first, second).succeeded();
        assertTrue(outcome.err().contains("results.csv:3 is no row of results"), outcome.err());
        assertEquals(1, compare(second, "--json").lastJson().get("runs").asInt());
    }

    @Test
    void otherClassesOrImagesAreSaid() throws IOException {
        Path other = RunFolders.write(folder.resolve("other"), CONFIG, 100, List.of(0.4));
        String said = compare(first, other).succeeded().err();
        assertTrue(said.contains("these runs tell apart 10 and 100 classes"), said);
        Path elsewhere =
                RunFolders.write(folder.resolve("elsewhere"), CONFIG.with("data-dir", "/data"), 10, List.of(0.4));
        assertTrue(compare(first, elsewhere).succeeded().err().contains("different images"));
    }

    /** As {@code runs/*} has it. */
    @Test
    void whatIsNoRunAmongRunsIsLeftOut() throws IOException {
        Path others = Files.createDirectories(folder.resolve("lr-find")),
                file = Files.createFile(folder.resolve("a.png"));
        Outcome o = compare(file, first, others, second).succeeded();
        assertEquals(compare(first, second).succeeded().out(), o.out());
        assertTrue(o.err().contains("note: left out, for want of a run's args.yaml: " + file + ", " + others), o.err());
    }

    @Test
    void whatCannotBeComparedIsRefused() throws IOException {
        Path none = folder.resolve("none");
        compare(first, none).failed(3, "there is no folder " + none);
        compare(folder, folder.resolve(".")).failed(2, "is named twice");
        compare(folder).failed(3, folder + " is no folder of a run");
        compare(first, first + "/.").failed(2, "is named twice");
        compare(first, "-o", folder.resolve("a.svg")).failed(2, "ends in .png for a picture");
        compare(first, "-o", folder.resolve("a.html"), "--theme", "dark").failed(2, "--theme is for a PNG file");
        compare(first, "-o", folder.resolve("no/a.png")).failed(2, "there is no folder");
        compare().failed(2, "RUN");
        Files.writeString(second.resolve("args.yaml"), "lr: fast\n");
        compare(first, second).failed(3, "args.yaml:1", "lr expects a number");
    }

    @Test
    void runsOfTheSameNameAreToldApartByTheirPaths() throws IOException {
        Path twin = RunFolders.write(folder.resolve("b/first"), CONFIG, 10, List.of(0.4));
        String head = compare(first, twin).succeeded().out().lines().findFirst().orElseThrow();
        assertTrue(head.contains("b/first"), head);
    }
}
