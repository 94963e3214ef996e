package voluta.visualize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.Browser;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.explain.Theme;

/** The page in a browser: one clicks through layers, enlarges maps, and shifts opacity. */
class PageTest {
    private static final String TIME = "--virtual-time-budget=5000";

    /** Runs when the page has drawn its pictures; what it returns becomes an attribute. */
    private static final String LATER =
            "setTimeout(() => { document.querySelector('section').dataset.seen = (() => { %s })(); }, 800);";

    @TempDir
    private static Path folder;

    private static Browser browser;
    private static Path page;

    @BeforeAll
    static void visualize() {
        browser = Browser.in(folder);
        Path file = Small.save(
                folder.resolve("two.safetensors"),
                Small.TWO_CONVOLUTIONS,
                List.of("cat", "dog", "</script><b>fish"),
                3);
        byte[] pixels = new byte[20 * 18 * 3];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) (i * 37 % 251);
        try (Subject s = Small.open(file);
                Visualizer v = new Visualizer(s, VisualizeSettings.ALL)) {
            Visualization seen = v.look("<i>p.png", new Image(new ImageShape(3, 20, 18), pixels));
            page = new VisualizationFiles(folder.resolve("out"), Theme.LIGHT)
                    .write(seen)
                    .get(0);
        }
    }

    private static String shown(String user, String fragment, String... options) throws Exception {
        String[] all = java.util.Arrays.copyOf(options, options.length + 1);
        all[options.length] = TIME;
        return browser.played(page, user, fragment, all);
    }

    private static String seen(String script, String... options) throws Exception {
        return Browser.first(shown(LATER.formatted(script), "", options), "data-seen=\"([^\"]*)\"");
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void showsTheNetworkAndNamesAreNeverMarkup() throws Exception {
        String main = shown("", "#layer=conv2");
        assertEquals(5, count(main, "data-layer="));
        assertEquals(6, count(main, "data-view="));
        assertTrue(main.contains("<h2>conv2</h2>"), "the layer of the link");
        assertEquals(5 + 5, count(main, "data-tile="), "five filters and five maps");
        assertEquals(3, count(main, "class=\"guess"));
        assertTrue(main.contains("&lt;/script&gt;&lt;b&gt;fish") && !main.contains("<b>fish"));
        assertFalse(main.contains("NaN") || main.contains("undefined"), "a figure that is none");
    }

    @Test
    void aClickShowsALayerAndASecondOneEnlargesAMap() throws Exception {
        String clicked = seen("""
                document.querySelector('[data-layer=max_pool1]').click();
                document.querySelectorAll('[data-tile]')[2].click();
                const large = document.getElementById('large'), first = large.querySelector('strong').textContent;
                large.querySelector('[aria-label=next]').click();
                return [document.querySelector('#layer h2').textContent, large.open, first, large.querySelector('strong').textContent, location.hash].join('|');
                """);
        assertEquals("max_pool1|true|max_pool1: channel 2|max_pool1: channel 3|#layer=max_pool1", clicked);
    }

    @Test
    void opacityAndOverlaysFollowTheControls() throws Exception {
        String moved = seen("""
                document.querySelector('[data-view=occlusion]').click();
                const slider = document.querySelector('#attention input');
                slider.value = 25; slider.dispatchEvent(new Event('input'));
                const over = document.querySelector('#attention canvas.over');
                document.querySelector('#attention .choices button').click();
                return [over.style.opacity, document.querySelectorAll('#attention canvas.over').length].join('|');
                """);
        assertEquals("0.25|0", moved);
    }

    /** The colour of a filter's largest weight is that of Java's sheet, in both themes. */
    @Test
    void mapsHaveTheColoursOfTheirTheme() throws Exception {
        String pixels = """
                document.querySelector('[data-layer=conv2]').click();
                return [...document.querySelector('.scale canvas').getContext('2d').getImageData(0, 0, 255, 1).data].slice(4 * 127, 4 * 128).join(' ');
                """.replace(
                "document.querySelector('.scale canvas')", "document.querySelectorAll('#layer .scale canvas')[0]");
        String light = seen(pixels), dark = seen(pixels, "--blink-settings=preferredColorScheme=0");
        assertEquals("247 247 247 255", light);
        assertEquals("42 45 51 255", dark);
        String tile = seen("""
                const c = document.querySelector('#layer .tile canvas'), p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                return new Set(Array.from({ length: p.length / 4 }, (_, i) => p.slice(4 * i, 4 * i + 4).join())).size > 5;
                """);
        assertEquals("true", tile, "a map that is drawn has many colours");
    }

    @Test
    void fitsAPhoneInTheDark() throws Exception {
        String wide = seen("""
                const e = document.documentElement;
                return [e.clientWidth, e.scrollWidth, getComputedStyle(document.body).backgroundColor].join('|');
                """, "--window-size=500,900", "--blink-settings=preferredColorScheme=0");
        String[] parts = wide.split("\\|");
        assertEquals(parts[0], parts[1], "nothing sticks out sideways");
        assertEquals("rgb(18, 22, 29)", parts[2]);
    }
}
