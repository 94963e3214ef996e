package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiltersCommandTest {
    @TempDir
    private Path folder;

    private Path picture;

    /** The left half black, the right half red: one vertical edge, and none that is horizontal but at the border. */
    @BeforeEach
    void paint() throws IOException {
        BufferedImage halves = new BufferedImage(12, 8, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 8; y++) for (int x = 6; x < 12; x++) halves.setRGB(x, y, 0xff0000);
        picture = folder.resolve("halves.png");
        ImageIO.write(halves, "png", picture.toFile());
    }

    private Outcome filters(String... more) {
        List<String> arguments = new ArrayList<>(List.of("filters", picture.toString(), "--backend", "reference"));
        arguments.addAll(List.of("-o", folder.resolve("sheet.png").toString()));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    private static BufferedImage read(Path file) throws IOException {
        return ImageIO.read(file.toFile());
    }

    @Test
    void edgesAreFoundWhereTheyAre() throws IOException {
        JsonNode first = filters("--json", "--filter", "sobel_x", "--padding", "0", "--separate", folder + "/each")
                .succeeded()
                .json()
                .get(0);
        assertEquals("sobel_x", first.get("filter").asText());
        assertEquals(6, first.get("height").asInt());
        assertEquals(10, first.get("width").asInt());
        assertEquals(4, first.get("greatest").asDouble(), 1e-6);
        assertEquals(0, first.get("least").asDouble(), 1e-6);
        BufferedImage sobel = read(folder.resolve("each/sobel_x.png"));
        for (int y = 0; y < 6; y++) {
            for (int x = 0; x < 10; x++) {
                boolean edge = x == 4 || x == 5;
                assertEquals(edge ? 0xffff8080 : 0xff808080, sobel.getRGB(x, y), x + "," + y);
            }
        }
    }

    @Test
    void exerciseIsSolvedByItsSolution() throws IOException {
        Outcome without = filters("--exercise", "--seed", "3").succeeded();
        assertFalse(without.out().contains("sobel"), without.out());
        BufferedImage first = read(folder.resolve("sheet.png"));
        JsonNode same = filters("--exercise", "--seed", "3", "--solution", "--json")
                .succeeded()
                .lastJson();
        JsonNode other = filters("--exercise", "--seed", "4", "--solution", "--json")
                .succeeded()
                .lastJson();
        assertEquals(10, same.get("solution").size());
        assertFalse(same.get("solution").equals(other.get("solution")), "another seed, another order");
        assertFalse(equal(first, read(folder.resolve("sheet.png"))));
        Outcome text = filters("--exercise", "--seed", "3", "--solution").succeeded();
        assertTrue(equal(first, read(folder.resolve("sheet.png"))), "the solution does not change the sheet");
        assertTrue(text.out().contains("A is ")
                && text.out().contains(", " + same.get("solution").get("A").asText()));
    }

    private static boolean equal(BufferedImage a, BufferedImage b) {
        int w = a.getWidth(), h = a.getHeight();
        return w == b.getWidth()
                && h == b.getHeight()
                && Arrays.equals(a.getRGB(0, 0, w, h, null, 0, w), b.getRGB(0, 0, w, h, null, 0, w));
    }

    @Test
    void exercisesThatCannotBeSolvedAreRefused() {
        filters("--exercise", "--filter", "sobel_x").failed(ExitCode.USAGE, "2 to 26 filters, got 1");
        filters("--exercise", "--filter", "sobel_x", "--filter", "again=-1 0 1; -2 0 2; -1 0 1")
                .failed(ExitCode.USAGE, "are the same matrix");
        filters("--solution").failed(ExitCode.USAGE, "--exercise");
    }

    @Test
    void identityGivesThePictureBack() throws IOException {
        filters("--filter", "identity", "--separate", folder.toString()).succeeded();
        BufferedImage before = read(picture), after = read(folder.resolve("identity.png"));
        for (int y = 0; y < 8; y++) for (int x = 0; x < 12; x++) assertEquals(before.getRGB(x, y), after.getRGB(x, y));
    }

    @Test
    void anyMatrixWithStrideDilationAndPaddingValue() {
        JsonNode r = filters(
                        "--json",
                        "--grey",
                        "--filter",
                        "mine=1 1; 1 1",
                        "--stride",
                        "2x3",
                        "--dilation",
                        "3",
                        "--padding",
                        "2",
                        "--padding-value",
                        "0.5")
                .succeeded()
                .json()
                .get(0);
        assertEquals("mine", r.get("filter").asText());
        assertEquals(1, r.get("channels").asInt());
        assertEquals((8 + 4 - 3 - 1) / 2 + 1, r.get("height").asInt());
        assertEquals((12 + 4 - 3 - 1) / 3 + 1, r.get("width").asInt());
        // The first window meets three numbers of the border and a black pixel.
        assertTrue(r.get("greatest").asDouble() >= 1.5, r.toString());
    }

    @Test
    void allBackendsDrawTheSame() throws IOException {
        filters("--separate", folder + "/a").succeeded();
        Outcome.of("filters", picture.toString(), "--separate", folder + "/b").succeeded();
        try (var files = Files.list(folder.resolve("a"))) {
            List<Path> all = files.toList();
            assertEquals(10, all.size());
            for (Path a : all) {
                BufferedImage one = read(a), two = read(folder.resolve("b").resolve(a.getFileName()));
                for (int i = 0; i < 12 * 8; i++) {
                    int p = one.getRGB(i % 12, i / 12), q = two.getRGB(i % 12, i / 12);
                    assertTrue(Math.abs((p >> 16 & 0xff) - (q >> 16 & 0xff)) <= 1, a.toString());
                }
            }
        }
    }

    @Test
    void sheetsHaveFilterAndPictureInTheirPlaces() throws IOException {
        Path sheet = folder.resolve("sheet.png");
        filters("--filter", "box_blur", "--filter", "laplacian").succeeded();
        BufferedImage light = read(sheet);
        assertEquals(0xffffffff, light.getRGB(1, 1));
        // 12 pixels are drawn 26 times as large; the second cell's blur begins black and ends red.
        int cell = 132 + 20 + 320 + 40, left = 20 + cell + 152, top = 58 + 30;
        assertEquals(0xffd55e00, light.getRGB(20 + cell + 3, top + 3), "a weight of the blur");
        assertEquals(0xff000000, light.getRGB(left + 26 + 13, top + 4 * 26));
        assertEquals(0xffff0000, light.getRGB(left + 10 * 26 + 13, top + 4 * 26));
        filters("--filter", "box_blur", "--filter", "laplacian", "--theme", "dark")
                .succeeded();
        BufferedImage dark = read(sheet);
        assertEquals(light.getWidth(), dark.getWidth());
        assertEquals(0xff16181c, dark.getRGB(1, 1));
    }

    @Test
    void twoOfOneNameAreKeptApart() {
        filters("--filter", "1 0 -1", "--filter", "1; 0; -1", "--separate", folder + "/each")
                .succeeded();
        assertTrue(Files.exists(folder.resolve("each/your_matrix.png")));
        assertTrue(Files.exists(folder.resolve("each/your_matrix_2.png")));
    }

    @Test
    void largePicturesAreScaledFirst() {
        Outcome o = filters("--max-side", "6", "--json", "--filter", "gaussian").succeeded();
        assertEquals(4, o.json().get(0).get("height").asInt());
        assertTrue(o.err().contains("scaled from 8x12 to 4x6"), o.err());
    }

    @Test
    void whatCannotBeIsOneSentence() throws IOException {
        filters("--filter", "laplace").failed(ExitCode.USAGE, "did you mean laplacian");
        filters("--filter", "1 2; 3").failed(ExitCode.USAGE, "row 2 has 1");
        filters("--max-side", "0").failed(ExitCode.USAGE, "--max-side is 0");
        filters("--filter", "gaussian5", "--dilation", "9", "--padding", "0").failed(ExitCode.USAGE, "covers 37");
        filters("--padding", "12", "--padding-mode", "reflect").failed(ExitCode.USAGE, "at most 7");
        Outcome.of("filters", folder.resolve("none.png").toString()).failed(ExitCode.MODEL_OR_DATA, "does not exist");
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        Outcome.of("filters", text.toString()).failed(ExitCode.MODEL_OR_DATA, "text.png");
        Outcome.of("filters").failed(ExitCode.USAGE, "IMAGE");
        assertFalse(Files.exists(folder.resolve("sheet.png")));
    }
}
