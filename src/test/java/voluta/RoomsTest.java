package voluta;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.awt.image.RenderedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Holds the architecture: which room may use which, and what is forbidden everywhere.
 *
 * <p>A room is a package of the table below with all packages under it that are no room themselves. To let a room use
 * another, edit {@link #ROOMS}, and say why in the {@code package-info.java} of the room that gained it.
 */
class RoomsTest {
    /** What every room may use. */
    private static final Set<String> COMMON = Set.of("tensor");

    /** Each room and the rooms it may use besides {@link #COMMON}; a room uses only rooms further up. */
    private static final Map<String, Set<String>> ROOMS = new LinkedHashMap<>();

    static {
        room("tensor");
        room("graph");
        room("op", "graph");
        room("autodiff", "op", "graph");
        room("nn", "op", "graph");
        room("optim", "op", "graph");
        room("model", "nn", "optim", "autodiff", "op", "graph");
        room("backend", "graph");
        room("backend.reference", "backend", "op", "graph");
        room("backend.onednn", "backend", "op", "graph");
        room("backend.cuda", "backend", "op", "graph");
        room("plan", "backend", "op", "graph");
        room("session", "plan", "backend", "graph");
        room("data");
        room("checkpoint");
        room("onnx", "op", "graph");
        room("train", "session", "model", "data", "checkpoint", "backend", "plan", "nn", "optim", "graph");
        room("conformance", "session", "plan", "backend", "autodiff", "op", "graph");
        room("explain", "model", "session", "plan", "backend", "nn", "op", "graph", "data", "checkpoint");
        room("report", "train", "explain", "plan", "model", "data", "checkpoint");
        room(
                "visualize",
                "explain",
                "report",
                "train",
                "session",
                "plan",
                "backend",
                "autodiff",
                "model",
                "nn",
                "op",
                "graph",
                "data",
                "checkpoint");
        room(
                "experiment",
                "train",
                "report",
                "explain",
                "model",
                "data",
                "checkpoint",
                "session",
                "plan",
                "backend",
                "nn",
                "op",
                "graph");
        ROOMS.put("cli", everyRoomButBackendImplementations());
    }

    private static final int MAX_LINES = 600;

    private static JavaClasses program;

    private static void room(String name, String... mayUse) {
        ROOMS.put(name, Set.of(mayUse));
    }

    private static Set<String> everyRoomButBackendImplementations() {
        Set<String> rooms = new HashSet<>(ROOMS.keySet());
        rooms.removeIf(room -> room.startsWith("backend."));
        return rooms;
    }

    @BeforeAll
    static void importProgram() {
        program = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("voluta");
        assertTrue(program.contain("voluta.tensor.Shape"), "the classes of the program were not found");
    }

    @Test
    void tableReadsDownward() {
        Set<String> above = new HashSet<>();
        ROOMS.forEach((room, uses) -> {
            assertTrue(above.containsAll(uses), room + " uses rooms that stand below it: " + uses);
            above.add(room);
        });
    }

    @Test
    void roomsUseOnlyTheRoomsOfTheirLine() {
        keepToTheTable().check(program);
    }

    @Test
    void ruleRefusesWhatTheTableDoesNotName() {
        assertTrue(mayUse("op", "graph") && mayUse("op", "op") && mayUse("op", "tensor"));
        assertFalse(mayUse("graph", "op") || mayUse("backend.cuda", "backend.onednn") || mayUse("cli", "backend.cuda"));
        assertEquals(Optional.of("backend.cuda"), roomOf("voluta.backend.cuda.memory"));
        assertEquals(Optional.of("backend"), roomOf("voluta.backend"));
        assertEquals(Optional.empty(), roomOf("voluta.operator"));
        JavaClasses roomless = new ClassFileImporter().importClasses(RoomsTest.class);
        assertThrows(AssertionError.class, () -> keepToTheTable().check(roomless));
    }

    @Test
    void onlyTheCudaBackendKnowsJcuda() {
        noClasses()
                .that()
                .resideOutsideOfPackage("voluta.backend.cuda..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jcuda..")
                .allowEmptyShould(true)
                .check(program);
    }

    @Test
    void onlyTheOnednnBackendKnowsJavaCpp() {
        noClasses()
                .that()
                .resideOutsideOfPackage("voluta.backend.onednn..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .allowEmptyShould(true)
                .check(program);
    }

    @Test
    void onlyTheCommandLinePrintsAndExits() {
        noClasses()
                .that()
                .resideOutsideOfPackage("voluta.cli..")
                .should(ACCESS_STANDARD_STREAMS)
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .allowEmptyShould(true)
                .check(program);
    }

    @Test
    void filesAreDataNeverObjects() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .because("reading serialized objects runs code of the file's choosing")
                .check(program);
    }

    @Test
    void nothingSpeaksToTheNetwork() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("java.net.http..")
                        .or(resideInAPackage("javax.net.."))
                        .or(JavaClass.Predicates.assignableTo(java.net.URLConnection.class))
                        .or(JavaClass.Predicates.assignableTo(java.net.Socket.class))
                        .or(JavaClass.Predicates.assignableTo(java.net.ServerSocket.class))
                        .or(JavaClass.Predicates.assignableTo(java.net.DatagramSocket.class))
                        .or(JavaClass.Predicates.assignableTo(java.nio.channels.NetworkChannel.class)))
                .check(program);
    }

    @Test
    void picturesAreNotWrittenThroughTemporaryFiles() {
        noClasses()
                .should()
                .callMethod(ImageIO.class, "write", RenderedImage.class, String.class, OutputStream.class)
                .because("it takes a temporary file for a stream, and a read-only system has no place for one:"
                        + " ImageFiles.encode does without")
                .check(program);
    }

    @Test
    void textIsTheSameInEveryLanguage() {
        noClasses()
                .should()
                .callMethod(String.class, "format", String.class, Object[].class)
                .orShould()
                .callMethod(String.class, "formatted", Object[].class)
                .orShould()
                .callMethod(String.class, "toLowerCase")
                .orShould()
                .callMethod(String.class, "toUpperCase")
                .orShould()
                .callMethod(PrintStream.class, "printf", String.class, Object[].class)
                .orShould()
                .callMethod(PrintWriter.class, "printf", String.class, Object[].class)
                .because("the system's language would decide about digits and letters, also in names of files and in"
                        + " JSON: give Locale.ROOT")
                .check(program);
    }

    @Test
    void memoryIsFreedByItsOwnerNotByTheCollector() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ref.Cleaner")
                .check(program);
    }

    @Test
    void everyPackageTellsWhatItIsFor() throws IOException {
        Set<Path> packages = new HashSet<>();
        for (Path file : filesUnder("src/main/java", ".java")) {
            packages.add(file.getParent());
        }
        assertFalse(packages.isEmpty(), "no sources found: run the tests from the folder of pom.xml");
        packages.removeIf(folder -> Files.exists(folder.resolve("package-info.java")));
        assertEquals(Set.of(), packages, "packages without package-info.java");
    }

    @Test
    void noSourceFileIsTooLong() throws IOException {
        List<Path> sources = new ArrayList<>();
        sources.addAll(filesUnder("src", ".java"));
        sources.addAll(filesUnder("native-kernels", ".cu", ".cuh", ".cpp", ".h"));
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources) {
            try (Stream<String> lines = Files.lines(source)) {
                long count = lines.count();
                if (count > MAX_LINES) {
                    tooLong.add(source + " has " + count + " lines");
                }
            }
        }
        assertEquals(List.of(), tooLong, "files of more than " + MAX_LINES + " lines: split them");
    }

    private static List<Path> filesUnder(String folder, String... endings) throws IOException {
        Path root = Path.of(folder);
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(
                            file -> Stream.of(endings).anyMatch(file.toString()::endsWith) && Files.isRegularFile(file))
                    .toList();
        }
    }

    private static ArchRule keepToTheTable() {
        return classes().should(new ArchCondition<JavaClass>("keep to the table of rooms") {
            @Override
            public void check(JavaClass user, ConditionEvents events) {
                Optional<String> room = roomOf(user.getPackageName());
                if (room.isEmpty()) {
                    events.add(SimpleConditionEvent.violated(user, user.getName() + " is in no room of the table"));
                    return;
                }
                for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
                    JavaClass used = dependency.getTargetClass().getBaseComponentType();
                    Optional<String> usedRoom = roomOf(used.getPackageName());
                    if (usedRoom.isPresent() && !mayUse(room.get(), usedRoom.get())) {
                        events.add(SimpleConditionEvent.violated(
                                dependency,
                                room.get() + " may not use " + usedRoom.get() + ": " + dependency.getDescription()));
                    }
                }
            }
        });
    }

    private static boolean mayUse(String room, String used) {
        return room.equals(used) || COMMON.contains(used) || ROOMS.get(room).contains(used);
    }

    /** The room with the longest name that holds the package; empty for packages outside of all rooms. */
    private static Optional<String> roomOf(String packageName) {
        String name = packageName;
        while (name.startsWith("voluta.")) {
            String room = name.substring("voluta.".length());
            if (ROOMS.containsKey(room)) {
                return Optional.of(room);
            }
            name = name.substring(0, name.lastIndexOf('.'));
        }
        return Optional.empty();
    }
}
