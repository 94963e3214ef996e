package voluta.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import voluta.backend.BackendOptions;
import voluta.tensor.Bytes;
import voluta.tensor.VolutaException;

/** The options that say how a backend is opened, whichever it is. */
final class DeviceOption {
    static final String TF32 = "Round the factors of f32 products to the 10-bit mantissas of TF32, which is faster on"
            + " GPUs that have it. Matters on a GPU alone.";
    static final String AUTOTUNE = "Choose the algorithms of convolutions by measuring them, and remember the result:"
            + " a longer start, often faster steps. With --deterministic, a CPU does not measure.";

    @Option(
            names = "--device",
            paramLabel = "N",
            description = "Which device of the backend, counted from 0. Default: ${DEFAULT-VALUE}.")
    private int device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = Threads.class,
            description = "CPU threads; 0 for all that this process may use. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--deterministic", description = "Use only algorithms that give the same bits each time.")
    private boolean deterministic;

    @Option(names = "--tf32", description = TF32)
    private boolean tf32;

    @Option(names = "--autotune", description = AUTOTUNE)
    private boolean autotune;

    @Option(
            names = "--memory-limit",
            paramLabel = "SIZE",
            converter = Size.class,
            description = "The most memory for weights, activations and the like, such as 512m or 2g; otherwise all of"
                    + " the device.")
    private Long memoryLimit;

    /** An amount of memory on the command line. */
    static final class Size implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                return Bytes.parse(text);
            } catch (VolutaException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    static final class Threads implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            if (!text.matches("[0-9]{1,6}"))
                throw new TypeConversionException(
                        "'" + text + "' is no number of threads; use 1 or more, or 0 for all");
            return Integer.valueOf(text);
        }
    }

    BackendOptions options() {
        return new BackendOptions(
                threads, device, deterministic, memoryLimit == null ? 0 : memoryLimit, tf32, autotune);
    }
}
