package voluta.backend.cuda.binding;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jcuda.JCudaVersion;
import jcuda.jcudnn.JCudnn;
import org.junit.jupiter.api.Test;

/** Functions of JCudnn that end the JVM when they are called, since cuDNN 9 lacks them. */
class MissingFunctionsTest {
    private static Set<String> missing() throws IOException {
        try (var in = MissingFunctionsTest.class.getResourceAsStream("not-in-cudnn-9.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void theListNamesFunctionsThatJcudnnOffers() throws IOException {
        assertEquals(54, missing().size());
        // Reading the methods initializes nothing.
        Set<String> offered =
                Arrays.stream(JCudnn.class.getMethods()).map(m -> m.getName()).collect(Collectors.toSet());
        Set<String> unknown = new TreeSet<>(missing());
        unknown.removeAll(offered);
        assertEquals(Set.of(), unknown);
        for (String kept :
                List.of("cudnnGetVersion", "cudnnConvolutionForward", "cudnnRNNForward", "cudnnBackendExecute"))
            assertFalse(missing().contains(kept), kept);
    }

    @Test
    void theListHoldsWholeFamilies() throws IOException {
        Set<String> missing = missing();
        for (var method : JCudnn.class.getMethods()) {
            String name = method.getName();
            boolean gone = name.startsWith("cudnn")
                    && (name.endsWith("VersionCheck")
                            || name.matches("cudnn(Create|Destroy|Get|Set)Algorithm(Descriptor|Performance|SpaceSize)")
                            || name.matches("cudnnGetRNN.*MaxCount")
                            || name.matches("cudnnFindRNN.*"));
            if (gone) assertTrue(missing.contains(name), name);
        }
    }

    @Test
    void noneIsCalled() throws IOException {
        rule().check(new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("voluta"));
    }

    @Test
    void theRuleFindsACall() throws IOException {
        ArchRule rule = rule();
        var offender = new ClassFileImporter().importClasses(Offender.class);
        assertTrue(assertThrows(AssertionError.class, () -> rule.check(offender))
                .getMessage()
                .contains("cudnnOpsInferVersionCheck"));
    }

    private static ArchRule rule() throws IOException {
        Set<String> missing = missing();
        return noClasses()
                .should()
                .accessTargetWhere(DescribedPredicate.describe(
                        "is a function that cuDNN 9 lacks",
                        (JavaAccess<?> access) ->
                                access.getTargetOwner().getName().equals(JCudnn.class.getName())
                                        && missing.contains(access.getTarget().getName())));
    }

    /** Never run. */
    static final class Offender {
        int call() {
            return JCudnn.cudnnOpsInferVersionCheck();
        }
    }

    @Test
    void theLoaderKnowsTheVersionThatJcudaAsksFor() {
        assertEquals("12.6.0", JCudaVersion.get());
    }
}
