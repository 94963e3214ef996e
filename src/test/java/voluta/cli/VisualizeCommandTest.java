package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.data.TestPictures;
import voluta.visualize.Small;

class VisualizeCommandTest {
    private static final List<String> CLASSES = List.of("cat", "dog", "fish");

    @TempDir
    private Path folder;

    private Path checkpoint;
    private Path photo;

    @BeforeEach
    void make() {
        checkpoint = Small.save(folder.resolve("two.safetensors"), Small.TWO_CONVOLUTIONS, CLASSES, 3);
        photo = folder.resolve("photo.png");
        TestPictures.write(photo, TestPictures.photo(40, 31, 1), "png");
    }

    private Outcome visualize(Path network, Path picture, String... more) {
        List<String> arguments = new ArrayList<>(List.of("visualize", network.toString(), picture.toString()));
        arguments.addAll(
                List.of("--backend", "reference", "-o", folder.resolve("out").toString()));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    private Path out(String file) {
        return folder.resolve("out").resolve(file);
    }

    private static List<String> texts(JsonNode array, String field) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(n -> (field == null ? n : n.get(field)).asText())
                .toList();
    }

    @Test
    void everythingIsThereAndTold() throws IOException {
        JsonNode r = visualize(checkpoint, photo, "--json").succeeded().lastJson();
        assertEquals(3, r.get("guesses").size());
        assertEquals(r.get("class"), r.get("explained"));
        double sum = 0;
        for (JsonNode g : r.get("guesses")) sum += g.get("probability").asDouble();
        assertEquals(1, sum, 1e-9);
        assertEquals(
                List.of("cam", "cam-plus-plus", "occlusion", "saliency", "smoothgrad"),
                texts(r.get("overlays"), "view"));
        assertEquals(List.of("conv1", "tanh1", "max_pool1", "conv2", "relu1"), texts(r.get("layers"), null));
        for (String file : texts(r.get("sheets"), null))
            assertTrue(ImageIO.read(Path.of(file).toFile()) != null, file);
        for (String file : List.of(
                "attention.png",
                "field.png",
                "excited.png",
                "filters/01-conv1.png",
                "filters/04-conv2.png",
                "maps/05-relu1.png",
                "index.html")) {
            assertTrue(Files.exists(out(file)), file);
        }
        assertEquals(3 + 2 + 5, r.get("sheets").size());
        String page = Files.readString(out("index.html"));
        assertTrue(page.contains("content=\"default-src 'none'; img-src data:;"), "the page may ask for nothing");
    }

    @Test
    void sameSeedSameBytes() throws IOException {
        visualize(checkpoint, photo, "--seed", "5").succeeded();
        byte[] page = Files.readAllBytes(out("index.html")), sheet = Files.readAllBytes(out("attention.png"));
        visualize(checkpoint, photo, "--seed", "5").succeeded();
        assertArrayEquals(page, Files.readAllBytes(out("index.html")));
        assertArrayEquals(sheet, Files.readAllBytes(out("attention.png")));
        visualize(checkpoint, photo, "--seed", "6").succeeded();
        assertFalse(java.util.Arrays.equals(page, Files.readAllBytes(out("index.html"))));
    }

    @Test
    void classLayerUnitAndThemeAreAsAskedFor() throws IOException {
        JsonNode r = visualize(
                        checkpoint,
                        photo,
                        "--json",
                        "--class",
                        "fish",
                        "--layer",
                        "conv1",
                        "--unit",
                        "conv1:2,3,4",
                        "--only",
                        "cam,field,occlusion",
                        "--patch",
                        "3",
                        "--theme",
                        "dark")
                .succeeded()
                .lastJson();
        assertEquals("fish", r.get("explained").asText());
        assertEquals("conv1:2,3,4", r.get("unit").asText());
        assertEquals(List.of("cam", "cam-plus-plus", "occlusion"), texts(r.get("overlays"), "view"));
        assertEquals(12, r.get("overlays").get(0).get("height").asInt(), "conv1 keeps the size");
        assertFalse(Files.exists(out("filters")) || Files.exists(out("maps")) || Files.exists(out("excited.png")));
        BufferedImage sheet = ImageIO.read(out("attention.png").toFile());
        assertEquals(new Color(0x16181c).getRGB(), sheet.getRGB(1, 1));
        assertEquals(
                r.get("explained"),
                visualize(checkpoint, photo, "--json", "--class", "2", "--only", "cam")
                        .succeeded()
                        .lastJson()
                        .get("explained"));
    }

    @Test
    void picturesOfAnySizeAndMode() throws IOException {
        Path tiny = folder.resolve("tiny.png"), grey = folder.resolve("grey.png"), clear = folder.resolve("clear.png");
        TestPictures.png(tiny, 1, 1, 77);
        TestPictures.write(grey, new BufferedImage(9, 200, BufferedImage.TYPE_BYTE_GRAY), "png");
        TestPictures.write(clear, new BufferedImage(50, 8, BufferedImage.TYPE_INT_ARGB), "png");
        Path cmyk = cmyk(folder.resolve("cmyk.jpg"));
        Outcome o = Outcome.of(
                "visualize",
                checkpoint.toString(),
                tiny.toString(),
                grey.toString(),
                clear.toString(),
                cmyk.toString(),
                tiny.toString(),
                "--only",
                "cam,saliency",
                "--backend",
                "reference",
                "--json",
                "-o",
                folder.resolve("out").toString());
        assertEquals(5, o.succeeded().json().size());
        for (String name : List.of("tiny", "grey", "clear", "cmyk", "tiny_2")) {
            assertTrue(Files.exists(out(name + "/index.html")), name);
            assertTrue(Files.exists(out(name + "/attention.png")), name);
        }
    }

    private static Path cmyk(Path file) throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(0, 16, 12, 4, null);
        for (int y = 0; y < 12; y++)
            for (int x = 0; x < 16; x++) raster.setPixel(x, y, new int[] {x * 15, y * 20, 90, 0});
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.write(new IIOImage(raster, null, null));
        } finally {
            writer.dispose();
        }
        return file;
    }

    @Test
    void withoutConvolutionTheRestIsGivenAndNamed() {
        Path dense = Small.save(folder.resolve("dense.safetensors"), Small.FULLY_CONNECTED, List.of("a", "b"), 1);
        Outcome o = visualize(dense, photo, "--json").succeeded();
        assertEquals(
                List.of("occlusion", "saliency", "smoothgrad"),
                texts(o.lastJson().get("overlays"), "view"));
        String skipped = "has no convolution, so it has no filters, maps, cam, excite, field";
        assertTrue(o.lastJson().get("skipped").asText().contains(skipped), o.out());
        assertTrue(o.err().contains(skipped), o.err());
        visualize(dense, photo, "--only", "cam").failed(ExitCode.MODEL_OR_DATA, "has no convolution", "occlusion");
    }

    @Test
    void whatCannotBeIsOneSentence() throws IOException {
        visualize(checkpoint, photo, "--layer", "conf2").failed(ExitCode.MODEL_OR_DATA, "did you mean conv2?");
        visualize(checkpoint, photo, "--layer", "fc").failed(ExitCode.MODEL_OR_DATA, "gives no maps", "relu1");
        visualize(checkpoint, photo, "--class", "dogg").failed(ExitCode.MODEL_OR_DATA, "did you mean dog?");
        visualize(checkpoint, photo, "--class", "3").failed(ExitCode.MODEL_OR_DATA, "use 0 to 2");
        visualize(checkpoint, photo, "--unit", "conv2:9,0,0").failed(ExitCode.MODEL_OR_DATA, "no unit 9,0,0");
        visualize(checkpoint, photo, "--unit", "conv2").failed(ExitCode.MODEL_OR_DATA, "layer:channel,y,x");
        visualize(checkpoint, photo, "--only", "cams").failed(ExitCode.USAGE, "did you mean cam?");
        visualize(checkpoint, photo, "--patch", "0").failed(ExitCode.USAGE, "--patch is 0");
        visualize(checkpoint, folder.resolve("none.png")).failed(ExitCode.MODEL_OR_DATA, "does not exist");
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        visualize(checkpoint, text).failed(ExitCode.MODEL_OR_DATA, "text.png");
        byte[] half = Files.readAllBytes(photo);
        Path cut = Files.write(folder.resolve("cut.png"), java.util.Arrays.copyOf(half, half.length / 2));
        visualize(checkpoint, cut).failed(ExitCode.MODEL_OR_DATA, "cut.png");
        visualize(text, photo).failed(ExitCode.CHECKPOINT, "text.png");
        visualize(folder.resolve("none"), photo).failed(ExitCode.CHECKPOINT, "no such file");
        String signals = """
                name: signals
                input: [2, 16]
                classes: 2
                layers:
                  - conv: 4
                  - flatten
                  - linear: classes
                """;
        Path other = Small.save(folder.resolve("signals.safetensors"), signals, List.of("a", "b"), 1);
        visualize(other, photo).failed(ExitCode.MODEL_OR_DATA, "which is no image");
        Outcome.of("visualize", checkpoint.toString()).failed(ExitCode.USAGE, "IMAGE");
        assertFalse(Files.exists(out("index.html")));
    }
}
