package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launchers of a checkout and of a bundle, with a program in the place of Java that tells its environment. */
@EnabledOnOs(OS.LINUX)
class LauncherTest {
    @TempDir
    private Path root;

    @BeforeEach
    void lookAlikes() throws IOException {
        for (String java : List.of("jdk/bin/java", "runtime/bin/java")) {
            program(java, "#!/bin/sh\necho \"$LC_ALL $LC_CTYPE $LANG\"\n");
        }
        Files.writeString(root.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
        for (String file : List.of("pom.xml", "src/main/x", "target/launch/lib/x.jar")) file(file, "");
        file("target/launch/classpath.txt", "lib/x.jar\n");
        file("target/launch/voluta.jar", "");
        program("scripts/voluta", Files.readString(Path.of("scripts/voluta")));
        program("bin/voluta", Files.readString(Path.of("scripts/bundle-launcher.sh")));
        file("target/launch/stamp", "");
    }

    private Path file(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void program(String name, String text) throws IOException {
        assertTrue(file(name, text).toFile().setExecutable(true));
    }

    /** Of the locale of containers, services and cron, Java would know no letter beyond ASCII in the name of a file. */
    @ParameterizedTest
    @CsvSource({
        "'', '', '', ' C.UTF-8 '",
        "'', '', C, ' C.UTF-8 C'",
        "'', C, de_DE.UTF-8, ' C.UTF-8 de_DE.UTF-8'",
        "POSIX, '', de_DE.UTF-8, 'C.UTF-8  de_DE.UTF-8'",
        "'', '', de_DE.UTF-8, '  de_DE.UTF-8'",
        "'', de_DE.ISO-8859-1, C, ' de_DE.ISO-8859-1 C'",
        "tr_TR.UTF-8, C, C, 'tr_TR.UTF-8 C C'",
    })
    void namesOfFilesAreReadAsUtf8WhereTheLocaleKnowsAsciiAlone(String all, String ctype, String lang, String seen)
            throws Exception {
        Map<String, String> locale = Stream.of(
                        Map.entry("LC_ALL", all), Map.entry("LC_CTYPE", ctype), Map.entry("LANG", lang))
                .filter(e -> !e.getValue().isEmpty())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        for (String launcher : List.of("scripts/voluta", "bin/voluta"))
            assertEquals(seen, run(launcher, locale), launcher);
    }

    private String run(String launcher, Map<String, String> locale) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(root.resolve(launcher).toString())
                .redirectError(root.resolve("err").toFile()); // bash warns of locales that are not installed
        builder.environment().keySet().removeAll(List.of("LC_ALL", "LC_CTYPE", "LANG"));
        builder.environment().putAll(locale);
        builder.environment().put("VOLUTA_JAVA_HOME", root.resolve("jdk").toString());
        builder.environment().put("VOLUTA_CACHE_DIR", root.resolve("cache").toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it did not end");
        return said.substring(0, Math.max(0, said.indexOf('\n')));
    }

    /** Started by hand in such a locale, the program says what is wrong. */
    @Test
    void aNameThatTheLocaleDoesNotKnowIsAnErrorOfTheDataWithARemedy() throws Exception {
        Path folder =
                Files.createDirectories(root.resolve("data/train/K\u00e4se")).getParent();
        Files.createDirectories(root.resolve("data/val/K\u00e4se"));
        assertTrue(Files.isDirectory(folder));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "check-data",
                "--data-dir",
                root.resolve("data").toString());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(ExitCode.MODEL_OR_DATA, process.waitFor(), said);
        assertTrue(said.contains("cannot be the name of a file here") && said.contains("set LC_ALL=C.UTF-8"), said);
    }
}
