package voluta.cli;

import picocli.CommandLine.Option;
import voluta.backend.Precision;

/** The options that choose how activations are stored. */
final class PrecisionOption {
    @Option(names = "--amp", description = "Mixed precision: the same as --precision bf16.")
    private boolean amp;

    @Option(
            names = "--amp-dtype",
            paramLabel = "TYPE",
            description = "Type of the activations with --amp: bfloat16, or float16, which is for CUDA."
                    + " Default: ${DEFAULT-VALUE}.")
    private String ampDtype = "bfloat16";

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "How activations are stored: f32, bf16, or f16, which is for CUDA. Default: f32.")
    private Precision precision;

    Precision precision() {
        if (precision != null) return precision;
        Precision mixed = Precision.mixed(ampDtype);
        return amp ? mixed : Precision.F32;
    }
}
