package voluta;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import voluta.conformance.CaseTable;
import voluta.conformance.OpCases;
import voluta.graph.Op;

/** Every op has what an op must have: a reference, an implementation on oneDNN and on CUDA, and cases. Names what is missing. */
class CompletenessTest {
    /** Ops that every backend gets in pieces; their cases run all the same. */
    private static final Set<String> ALWAYS_DECOMPOSED = Set.of("InstanceNormalization");

    /** Ops that the reference gets in pieces, so that what they are compared with is independent of the fused kernel. */
    private static final Set<String> FUSED = Set.of(
            "FusedConvolution", "FusedBatchNormalization", "NormalizedConvolution", "ConvolutionBatchNormalization");

    /** Ops that CUDA gets in pieces: fused ones that pay on the CPU, and that no GPU was at hand to try. */
    private static final Set<String> NOT_FUSED_ON_CUDA = Set.of("NormalizedConvolution");

    /** Ops that oneDNN gets in pieces: there, statistics are found in the pass that {@code NormalizedConvolution} saves. */
    private static final Set<String> NOT_FUSED_ON_ONEDNN = Set.of("ConvolutionBatchNormalization");

    private static Set<String> ops;
    private static JavaClasses program;

    @BeforeAll
    static void findOps() {
        program = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("voluta.op", "voluta.backend");
        ops = program.stream()
                .filter(c -> c.getPackageName().equals("voluta.op") && c.isAssignableTo(Op.class))
                .filter(c -> c.isTopLevelClass()
                        && !c.isInterface()
                        && !c.getModifiers().contains(JavaModifier.ABSTRACT))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> without(String packageName, String suffix, Set<String> exempt) {
        Set<String> missing = new TreeSet<>(ops);
        missing.removeAll(exempt);
        missing.removeIf(op -> program.contain(packageName + "." + op + suffix));
        return missing;
    }

    @Test
    void everyOpHasAReference() {
        Set<String> exempt = new TreeSet<>(ALWAYS_DECOMPOSED);
        exempt.addAll(FUSED);
        assertEquals(Set.of(), without("voluta.backend.reference", "Reference", exempt), "ops without a reference");
    }

    @Test
    void everyOpRunsOnOnednn() {
        Set<String> exempt = new TreeSet<>(ALWAYS_DECOMPOSED);
        exempt.addAll(NOT_FUSED_ON_ONEDNN);
        assertEquals(Set.of(), without("voluta.backend.onednn", "Onednn", exempt), "ops without a oneDNN kernel");
    }

    @Test
    void everyOpRunsOnCuda() {
        Set<String> exempt = new TreeSet<>(ALWAYS_DECOMPOSED);
        exempt.addAll(NOT_FUSED_ON_CUDA);
        assertEquals(Set.of(), without("voluta.backend.cuda", "Cuda", exempt), "ops without a CUDA kernel");
    }

    @Test
    void everyOpHasCases() {
        List<OpCases> cases = CaseTable.all();
        Set<String> missing = new TreeSet<>(ops);
        cases.forEach(c -> missing.remove(c.op()));
        assertEquals(Set.of(), missing, "ops without cases");
        List<String> empty = cases.stream()
                .filter(c -> c.valid().isEmpty() || c.invalid().isEmpty())
                .map(OpCases::op)
                .toList();
        assertEquals(List.of(), empty, "ops without valid or without invalid cases");
        for (OpCases c : cases) {
            long names = c.valid().stream().map(v -> v.name()).distinct().count();
            assertEquals(c.valid().size(), names, "two cases of " + c.op() + " have one name");
        }
    }
}
