package voluta.cli;

import picocli.CommandLine.Option;
import voluta.backend.Precision;

/** The options that choose how activations are stored. */
final class PrecisionOption {
    @Option(names = "--amp", description = "Mixed precision: the same as --precision bf16.")
    private boolean amp;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "How activations are stored: f32 or bf16. Default: f32.")
    private Precision precision;

    Precision precision() {
        if (precision != null) return precision;
        return amp ? Precision.BF16 : Precision.F32;
    }
}
