package voluta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.Browser;

/** The page in a browser: what its script makes of the data. */
class BrowserTest {
    @TempDir
    private static Path folder;

    private static Browser browser;
    private static SmallRun run;

    @BeforeAll
    static void train() {
        browser = Browser.in(folder);
        run = SmallRun.in(folder);
    }

    private static String shown(String user, String fragment, String... options) throws Exception {
        return browser.played(run.folder().resolve("report.html"), user, fragment, options);
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void showsEverySectionAndTheImagesOfACell() throws Exception {
        var page = SmallRun.page(run.folder());
        var error = page.get("judged")
                .get("pictures")
                .get(page.get("judged").get("worst").get(0).asInt());
        String cell = error.get(1).asInt() + "," + error.get(2).asInt();
        String main = shown("", "#cell=" + cell);
        for (String id :
                List.of("curves", "speed", "confusion", "errors", "classes", "reliability", "network", "options")) {
            assertTrue(main.contains("<section id=\"" + id + "\""), id);
        }
        assertEquals(page.get("judged").get("cells").size(), count(main, "data-cell="));
        assertTrue(count(main, "class=\"plot\"") >= 8, "curves");
        assertFalse(main.contains("NaN") || main.contains("undefined"), "a figure that is none");
        String opened = main.substring(main.indexOf("<div class=\"cell\""), main.indexOf("<section id=\"errors\">"));
        int images = 0;
        for (var c : page.get("judged").get("cells")) {
            if (cell.equals(c.get(0).asInt() + "," + c.get(1).asInt()))
                images = c.get(2).asInt();
        }
        assertEquals(images, count(opened, "<figure") + count(opened, "<li>"), opened);
        assertTrue(opened.contains("background-position"), opened);
        assertFalse(main.contains("<img"), "a class name became markup");
    }

    /** The loss scale is in the table of the epochs where it is used, and nowhere else. */
    @Test
    void theLossScaleHasColumnsWhereThereIsOne() throws Exception {
        String columns = "<th>loss scale</th><th>skipped steps</th>", plain = shown("", "");
        assertTrue(plain.contains("<th>clipped</th><th>seconds</th>") && !plain.contains(columns), "the plain run");
        Path page = run.folder().resolve("report.html");
        String scaled = Files.readString(page)
                .replaceFirst(
                        "\"loss_scale\":[0-9.]+,\"skipped_steps\":[0-9.]+", "\"loss_scale\":32768,\"skipped_steps\":3");
        Path changed = Files.writeString(folder.resolve("scaled.html"), scaled);
        String main = browser.played(changed, "", "");
        assertTrue(main.contains(columns), "no columns");
        assertTrue(main.contains("<td>32,768</td><td>3</td>"), main.substring(main.indexOf("Epochs as a table")));
    }

    @Test
    void draggingEnlargesAndDoubleClickShowsAll() throws Exception {
        String drag = """
                const svg = document.querySelector('.plot'), box = svg.getBoundingClientRect();
                const at = (type, share) => svg.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1,
                    clientX: box.left + share * box.width, clientY: box.top + box.height / 2 }));
                at('pointerdown', 0.4); at('pointermove', 0.6); at('pointerup', 0.8);
                """;
        String plain = shown("", ""), enlarged = shown(drag, "");
        double from = Double.parseDouble(Browser.first(plain, "data-from=\"([^\"]*)\""));
        double to = Double.parseDouble(Browser.first(plain, "data-to=\"([^\"]*)\""));
        double left = Double.parseDouble(Browser.first(enlarged, "data-from=\"([^\"]*)\""));
        double right = Double.parseDouble(Browser.first(enlarged, "data-to=\"([^\"]*)\""));
        assertTrue(left > from && right < to && right > left, left + " to " + right + " of " + from + " to " + to);
        assertEquals((to - from) * 0.4 * 560 / 490, right - left, 1e-2 * (to - from));
        String again = shown(drag + "svg.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));", "");
        assertEquals(from, Double.parseDouble(Browser.first(again, "data-from=\"([^\"]*)\"")));
    }

    @Test
    void fitsAPhoneInTheDark() throws Exception {
        String measure = """
                document.querySelector('section').dataset.seen = document.documentElement.clientWidth + ' ' + document.documentElement.scrollWidth
                    + ' ' + getComputedStyle(document.body).backgroundColor;
                """;
        String main = shown(measure, "", "--window-size=500,900", "--blink-settings=preferredColorScheme=0");
        String[] seen = Browser.first(main, "data-seen=\"([^\"]*)\"").split(" ", 3);
        assertEquals(seen[0], seen[1], "nothing sticks out sideways");
        assertEquals("rgb(18, 22, 29)", seen[2]);
    }
}
