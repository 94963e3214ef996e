package voluta;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The tests say the same of the same sources twice: jqwik, which has no setting for that, draws no seeds of its own. */
class SeedsTest {
    private static final DescribedPredicate<JavaAnnotation<?>> WITH_SEED = DescribedPredicate.describe(
            "@Property with a seed",
            a -> a.getRawType().isEquivalentTo(Property.class)
                    && a.tryGetExplicitlyDeclaredProperty("seed").isPresent());

    @Test
    void propertiesNameTheirSeeds() {
        methods()
                .that()
                .areAnnotatedWith(Property.class)
                .should()
                .beAnnotatedWith(WITH_SEED)
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                        .importPackages("voluta"));
    }
}
