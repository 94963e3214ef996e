package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.model.PracticalGuide.Rule;

class PracticalGuideTest {
    private static List<String> remarks(Model model) {
        return PracticalGuide.of(Network.of(model.build())).stream()
                .map(Object::toString)
                .toList();
    }

    @Test
    void nothingIsSaidOfWhatFollowsTheGuide() {
        assertEquals(
                List.of(),
                remarks(Model.named("good")
                        .input(3, 32, 16)
                        .conv(8, 3)
                        .with("padding", 1)
                        .relu()
                        .maxPool(2)
                        .conv(8, 5)
                        .with("padding", "same")
                        .with("dilation", 2)
                        .maxPool(2)
                        .conv(16, 1)
                        .conv(16, 3)
                        .with("stride", 2)
                        .with("padding", 1)));
        assertEquals(List.of(), PracticalGuide.of(Network.of(Architectures.named("vgg-small"))));
        assertEquals(List.of(), PracticalGuide.of(Network.of(Architectures.named("resnet20"))));
    }

    @Test
    void sizesThatPoolingDoesNotDivideComeWithOnesThatItDoes() {
        Model model = Model.named("odd")
                .input(1, 30, 29)
                .conv(4, 3)
                .with("padding", 1)
                .maxPool(2)
                .as("first")
                .maxPool(2)
                .as("second");
        List<String> said = remarks(model);
        assertEquals(2, said.size(), said.toString());
        assertEquals(
                "first: its input 30x29 is not divisible by 2; give the network inputs of 32x32, or pad the layers"
                        + " before it so that the size is kept",
                said.get(0));
        assertTrue(said.get(1).startsWith("second: its input 15x14 is not divisible by 2; "), said.get(1));
        assertEquals(List.of(), PracticalGuide.of(Network.of(model.build().withInput(1, 32, 32))));
    }

    @Test
    void filtersOfOtherSizesAreNamedWithWhatReplacesThem() {
        List<String> said = remarks(Model.named("wide")
                .input(16, 32, 32)
                .conv(16, 7)
                .as("seven")
                .with("padding", 3)
                .conv(16, 4)
                .as("four")
                .with("padding", "same"));
        assertEquals(
                List.of(
                        "seven: filters of 7x7; use kernel: 3 or 5; 3 convolutions of 3 on top of each other see as much,"
                                + " with 6,912 weights instead of 12,544",
                        "four: filters of 4x4; use an odd size, kernel: 3, which has a centre and keeps the size when"
                                + " padded"),
                said);
    }

    @Test
    void shrinkingConvolutionsGetThePaddingThatKeepsTheSize() {
        List<String> said = remarks(Model.named("shrinking")
                .input(1, 20, 20)
                .conv(2, 5)
                .as("a")
                .conv(2, 3)
                .as("b")
                .with("dilation", List.of(1, 2))
                .conv(2, 3)
                .as("c")
                .with("stride", 2)
                .conv(2, 3)
                .as("d")
                .with("padding", 1)
                .with("padding_mode", "reflect"));
        assertEquals(
                List.of(
                        "a: turns 20x20 into 16x16; set padding: 2, which gives 20x20",
                        "b: turns 16x16 into 14x12; set padding: [1, 2], which gives 16x16",
                        "c: turns 14x12 into 6x5 with stride 2x2; set padding: 1, which gives 7x6"),
                said);
    }

    @Test
    void otherPoolingsAreRemarkedOnButNotGlobalOnes() {
        List<PracticalGuide.Remark> said = PracticalGuide.of(Network.of(Model.named("pools")
                .input(1, 12, 12)
                .maxPool(3)
                .with("stride", 2)
                .with("padding", 1)
                .as("overlapping")
                .avgPool(2)
                .as("average")
                .avgPool(3)
                .as("global")
                .build()));
        assertEquals(
                List.of("overlapping", "average"),
                said.stream().map(PracticalGuide.Remark::path).toList());
        assertTrue(said.stream().allMatch(r -> r.rule() == Rule.POOLING), said.toString());
    }

    @Test
    void theSameOfSignalsAndVolumes() {
        assertEquals(
                List.of("a: turns 9 into 7; set padding: 1, which gives 9"),
                remarks(Model.named("signal").input(1, 9).conv(2, 3).as("a")));
        assertEquals(
                List.of(
                        "a: turns 8x8x8 into 6x6x6; set padding: 1, which gives 8x8x8",
                        "b: max pooling over 3x3x3 with stride 3x3x3; use max_pool: 2, which halves the size and lets no"
                                + " windows overlap"),
                remarks(Model.named("volume")
                        .input(1, 8, 8, 8)
                        .conv(2, 3)
                        .as("a")
                        .maxPool(3)
                        .as("b")));
    }

    @Test
    void aKernelAsLargeAsItsInputIsAFullyConnectedLayer() {
        assertEquals(
                List.of(),
                remarks(Model.named("dense").input(4, 7, 7).conv(100, 7).as("fc")));
    }

    /** 192 maps of 64x64 to 32 of them: 6,176 numbers do by 1x1 convolution what takes 103 thousand millions otherwise. */
    @Test
    void oneByOneConvolutionBesideAPerceptronOverTheWholeMap() {
        NetworkDescription d = NetworkDescription.read(Path.of("docs/examples/one-by-one.yaml"));
        DenseComparison comparison = DenseComparison.of(Network.of(d));
        DenseComparison.Row mix = comparison.rows().get(0);
        assertEquals(192 * 32 + 32, mix.parameters());
        assertEquals(64 * 64 * 192 * 32, mix.multiplyAdds());
        assertEquals(64L * 64 * 192 * 64 * 64 * 32 + 64 * 64 * 32, mix.denseParameters());
        assertEquals(64L * 64 * 192 * 64 * 64 * 32, mix.denseMultiplyAdds());
        assertTrue(mix.pointwise());
        String line = comparison.table().lines().skip(1).findFirst().orElseThrow();
        assertEquals(
                List.of(
                        "mix",
                        "64x64x192 to 64x64x32",
                        "6,176",
                        "25,165,824",
                        "103,079,346,176",
                        "103,079,215,104",
                        "16,690,309",
                        "1x1: one perceptron, 192 to 32, at each of 4,096 positions"),
                List.of(line.split(" {2,}")));
    }

    @Test
    void groupsStridesAndWidthsAreNoPerceptrons() {
        DenseComparison c = DenseComparison.of(Network.of(Model.named("n")
                .input(4, 8, 8)
                .conv(4, 1)
                .with("groups", 2)
                .conv(4, 1)
                .with("stride", 2)
                .conv(4, 3)
                .build()));
        assertTrue(c.rows().stream().noneMatch(DenseComparison.Row::pointwise));
        assertEquals(4 * 2 + 4, c.rows().get(0).parameters());
    }
}
