package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.tensor.Shape;

class ModelSummaryTest {
    private static ModelSummary of(String name) {
        return ModelSummary.of(Network.of(Architectures.named(name)));
    }

    private static String field(ModelSummary s, String path) {
        ReceptiveField f = s.row(path).orElseThrow().field().orElseThrow();
        return f.sizes() + " jump " + f.jumps().orElse("-") + " start " + f.starts();
    }

    /** Figures of torchvision's documentation (in billions), and counted by hand for lenet5. */
    @ParameterizedTest
    @CsvSource({
        "lenet5, 416520",
        "resnet18, 1814073344",
        "resnet50, 4089184256",
        "mobilenet_v2, 300774272",
    })
    void multiplyAdds(String name, long expected) {
        assertEquals(expected, of(name).multiplyAdds());
    }

    /** The fully connected layer beside it would have 2^33 times 2^33 weights, more than a long holds. */
    @Test
    void largeVolumes() {
        Network n = Network.of(Model.named("volume")
                .input(64, 512, 512, 512)
                .conv(64, 3)
                .with("padding", 1)
                .build());
        ModelSummary s = ModelSummary.of(n);
        assertEquals((1L << 33) * 64 * 27, s.multiplyAdds());
        assertEquals(Long.MAX_VALUE, s.denseParameters());
        DenseComparison d = DenseComparison.of(n);
        assertEquals(Long.MAX_VALUE, d.rows().get(0).denseMultiplyAdds());
        assertTrue(d.table().contains("more than 9.2e18"), d.table());
    }

    @Test
    void lenet5RowByRow() {
        ModelSummary s = of("lenet5");
        assertEquals(61706, s.parameters());
        assertEquals(156, s.row("conv1").orElseThrow().parameters());
        assertEquals(Shape.of(1, 6, 28, 28), s.row("conv1").orElseThrow().output());
        assertEquals(6 * 28 * 28 * 25, s.row("conv1").orElseThrow().multiplyAdds());
        assertEquals("5x5 jump 1x1 start -2,-2", field(s, "conv1"));
        assertEquals("6x6 jump 2x2 start -2,-2", field(s, "max_pool1"));
        assertEquals("14x14 jump 2x2 start -2,-2", field(s, "conv2"));
        assertEquals("16x16 jump 4x4 start -2,-2", field(s, "max_pool2"));
        assertEquals("32x32 jump - start -2,-2", field(s, "fc3"));
        assertEquals(Optional.of("lenet5.yaml:6"), s.row("conv1").orElseThrow().source());
    }

    /** As computed by the formula of Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks" (2019). */
    @Test
    void receptiveFieldsOfResidualNetworks() {
        ModelSummary s = of("resnet50");
        ReceptiveField.Axis a = s.row("layer4/2/relu3")
                .orElseThrow()
                .field()
                .orElseThrow()
                .axes()
                .get(0);
        assertEquals(32, a.jump());
        // The variant in that paper strides in other blocks and sees 483.
        assertEquals(427, a.size());
        assertEquals("435x435 jump 32x32 start -217,-217", field(of("resnet18"), "layer4/1/relu2"));
    }

    @Test
    void dilationAndStackedConvolutions() {
        NetworkDescription d = Model.named("stack")
                .input(1, 32, 32)
                .conv(1, 3)
                .as("a")
                .conv(1, 3)
                .as("b")
                .conv(1, 3)
                .as("c")
                .with("dilation", 4)
                .build();
        ModelSummary s = ModelSummary.of(Network.of(d));
        assertEquals("3x3 jump 1x1 start 0,0", field(s, "a"));
        assertEquals("5x5 jump 1x1 start 0,0", field(s, "b"));
        assertEquals("13x13 jump 1x1 start 0,0", field(s, "c"));
    }

    @Test
    void aBranchThatSeesMoreDecides() {
        NetworkDescription d = Model.named("branches")
                .input(1, 32, 32)
                .residual(Model.block().conv(1, 5).with("padding", 2).conv(1, 3).with("padding", 1))
                .as("r")
                .build();
        assertEquals("7x7 jump 1x1 start -3,-3", field(ModelSummary.of(Network.of(d)), "r/add"));
    }

    /** Each output of a transposed convolution with kernel 4, stride 2, padding 1 gets stamps from two inputs. */
    @Test
    void transposedConvolutionHalvesTheJump() {
        NetworkDescription d = Model.named("up")
                .input(1, 8)
                .convTranspose(1, 4)
                .with("stride", 2)
                .with("padding", 1)
                .as("up")
                .build();
        ReceptiveField.Axis a = ModelSummary.of(Network.of(d))
                .row("up")
                .orElseThrow()
                .field()
                .orElseThrow()
                .axes()
                .get(0);
        assertEquals(0.5, a.jump());
        assertEquals(-1, a.low());
        assertEquals(1, a.high());
    }

    @Test
    void joiningByGlobalPoolingSeesAll() {
        NetworkDescription d = Model.named("squeeze")
                .input(4, 16, 16)
                .conv(4, 3)
                .with("padding", 1)
                .as("in")
                .globalAvgPool()
                .conv(4, 1)
                .activation("sigmoid")
                .multiply("in")
                .as("out")
                .build();
        ReceptiveField.Axis a = ModelSummary.of(Network.of(d))
                .row("out")
                .orElseThrow()
                .field()
                .orElseThrow()
                .axes()
                .get(0);
        assertTrue(a.size() >= 16);
        assertEquals(1, a.jump());
    }

    @Test
    void statisticsOfNormalizations() {
        NetworkDescription d = Model.named("norms")
                .input(8, 4, 4)
                .batchNorm()
                .layerNorm()
                .groupNorm(2)
                .instanceNorm()
                .layer("layer_norm", java.util.Map.of("axis", 3))
                .build();
        ModelSummary s = ModelSummary.of(Network.of(d));
        assertEquals(
                "[8] [N] [N,2] [N,8] [N,8,4]",
                String.join(
                        " ",
                        s.rows().stream().flatMap(r -> r.statistics().stream()).toList()));
    }

    @Test
    void denseParametersOfTheMlpThatAConvolutionReplaces() {
        NetworkDescription d = Model.named("one").input(1, 5, 5).conv(2, 3).build();
        ModelSummary s = ModelSummary.of(Network.of(d));
        assertEquals(2 * 9 + 2, s.parameters());
        assertEquals(25 * 18 + 18, s.denseParameters());
    }

    @Test
    void tableIsAligned() {
        String t = of("lenet5").table();
        assertTrue(t.startsWith("layer"), t);
        assertTrue(t.contains("conv2") && t.contains("14x14"), t);
        assertTrue(t.endsWith("total: 61,706 parameters, 416,520 multiply-adds and 15,786 activations a sample\n"), t);
    }
}
