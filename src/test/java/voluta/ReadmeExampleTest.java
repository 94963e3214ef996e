package voluta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first Java program in README.md compiles, without warnings, and does what the text says. */
class ReadmeExampleTest {
    private static final Path README = Path.of("README.md");
    private static final Pattern PROGRAM = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("public (?:final )?class (\\w+)");
    private static final int MOST_LINES = 24;

    @TempDir
    Path folder;

    @Test
    void theProgramOfTheReadmeRuns() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.exists(README), "there is no README.md here");
        Matcher program = PROGRAM.matcher(Files.readString(README));
        assertTrue(program.find(), "README.md has no Java program");
        String text = program.group(1);
        assertTrue(text.lines().count() <= MOST_LINES, "the program has become longer than " + MOST_LINES + " lines");

        Process process = start(compile(text));
        assertTrue(process.waitFor(10, TimeUnit.MINUTES), "the program does not end");
        String output = Files.readString(folder.resolve("output.txt"));
        assertEquals(0, process.exitValue(), output);
        Matcher accuracy = Pattern.compile("top-1 accuracy (0\\.\\d+)").matcher(output);
        assertTrue(accuracy.find(), output);
        assertTrue(Double.parseDouble(accuracy.group(1)) > 0.75, output);
        assertTrue(Pattern.compile("it is .*: \\d+(\\.\\d+)? %").matcher(output).find(), output);
        assertTrue(Files.exists(folder.resolve("runs/train/weights/best.safetensors")), output);
    }

    private String compile(String text) throws IOException {
        Matcher name = CLASS.matcher(text);
        assertTrue(name.find(), "the program has no public class");
        Path source = Files.writeString(folder.resolve(name.group(1) + ".java"), text);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        int status = compiler.run(
                null,
                messages,
                messages,
                // The class path of a test is that of a jar that names others, some of which need not exist.
                "-Xlint:all,-path",
                "-Werror",
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());
        assertEquals(0, status, messages.toString(StandardCharsets.UTF_8));
        return name.group(1);
    }

    private Process start(String main) throws IOException {
        String path = folder + System.getProperty("path.separator") + System.getProperty("java.class.path");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-cp",
                path,
                main);
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile())
                .start();
    }
}
