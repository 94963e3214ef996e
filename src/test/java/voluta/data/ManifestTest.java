package voluta.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
    private static final String WITH_SPLITS =
            "split,path,label\ntrain,\"p/a, b.png\",10\nval,p/c.png,9\ntrain,p/c.png,9\n";

    @TempDir
    private Path folder;

    @BeforeEach
    void pictures() {
        TestPictures.png(folder.resolve("p/a, b.png"), 4, 4, 10);
        TestPictures.png(folder.resolve("p/c.png"), 4, 4, 20);
    }

    private Dataset open(String name, String text, Split split) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        return Datasets.open(name.equals("all.csv") ? file : folder, split);
    }

    @Test
    void aFileForEachSplit() throws IOException {
        try (Dataset data =
                open("train.csv", "label,more,path\r\ncat,1,p/c.png\r\nant,2,\"p/a, b.png\"\r\n", Split.TRAIN)) {
            assertEquals(List.of("ant", "cat"), data.classNames());
            assertEquals(1, data.label(0));
            assertEquals(20, Samples.image(data, 0)[0]);
            assertEquals(10, Samples.image(data, 1)[0]);
        }
    }

    @Test
    void aColumnForTheSplit() throws IOException {
        try (Dataset data = open("all.csv", WITH_SPLITS, Split.TRAIN)) {
            assertEquals(List.of("9", "10"), data.classNames());
            assertEquals(2, data.size());
            assertEquals(1, data.label(0));
        }
        assertEquals(1, open("all.csv", WITH_SPLITS, Split.VALIDATION).size());
        DataException e = assertThrows(DataException.class, () -> open("all.csv", WITH_SPLITS, Split.TEST));
        assertTrue(e.getMessage().contains("'train', 'val'"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                          | is empty
            a.png,cat\\n                | must name a column path and a column label
            path,label\\n               | lists no pictures
            path,label\\np/c.png\\n     | row 2, has 1 values instead of 2
            path,label\\n,cat\\n        | row 2, names no file
            path,label\\np/c.png,\\n    | row 2, has no label
            path,label\\na.png,big,cat | row 2, has 3 values instead of 2
            path,label\\n"p/c.png,cat\\n| is not CSV
            """)
    void mistakesAreNamed(String text, String message) {
        DataException e =
                assertThrows(DataException.class, () -> open("train.csv", text.replace("\\n", "\n"), Split.TRAIN));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().contains("train.csv"), e.getMessage());
    }

    @Test
    void aSingleFileNeedsTheColumn() {
        DataException e =
                assertThrows(DataException.class, () -> open("all.csv", "path,label\np/c.png,a\n", Split.TRAIN));
        assertTrue(e.getMessage().contains("no column split"), e.getMessage());
    }

    /** Whatever the bytes are, the outcome is a data set or a DataException. */
    @Test
    @Timeout(120)
    void damageIsContained() throws IOException {
        Random random = new Random(11);
        byte[] good = WITH_SPLITS.getBytes(StandardCharsets.UTF_8);
        int opened = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] bad = good.clone();
            for (int k = random.nextInt(3); k >= 0; k--) {
                // Mostly the characters that mean something.
                bad[random.nextInt(bad.length)] =
                        random.nextBoolean() ? (byte) "\",\n\r\0\\".charAt(random.nextInt(6)) : (byte) random.nextInt();
            }
            Path file = Files.write(folder.resolve("all.csv"), bad);
            try {
                ManifestReader.read(file, Split.TRAIN, null);
                opened++;
            } catch (DataException e) {
                assertTrue(e.getMessage().contains("all.csv"), e.getMessage());
            }
        }
        assertTrue(opened > 100 && opened < 2_900, opened + " were opened");
    }
}
