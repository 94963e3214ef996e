package voluta.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import voluta.backend.BackendOptions;
import voluta.tensor.Bytes;
import voluta.tensor.VolutaException;

/** The options that say how a backend is opened, whichever it is. */
final class DeviceOption {
    static final String DEVICE = "Which device of the backend, counted from 0.";
    static final String THREADS = "CPU threads, for everything that computes there; 0 for"
            + " those of OMP_NUM_THREADS, else all that this process may use.";
    static final String DETERMINISTIC = "Use only algorithms that give the same bits each time.";
    static final String MEMORY_LIMIT = "The most memory for weights, activations and the like, such as 512m or 2g;"
            + " otherwise all of the device.";
    static final String TF32 = "Round the factors of f32 products to the 10-bit mantissas of TF32, which is faster on"
            + " GPUs that have it. Matters on a GPU alone.";
    static final String AUTOTUNE = "Choose the algorithms of convolutions by measuring them, and remember the result:"
            + " a longer start, often faster steps. With --deterministic, a CPU does not measure.";

    private static final String DEFAULT = " Default: ${DEFAULT-VALUE}.";

    @Option(names = "--device", paramLabel = "N", description = DEVICE + DEFAULT)
    private int device;

    @Option(names = "--threads", paramLabel = "N", converter = Threads.class, description = THREADS + DEFAULT)
    private int threads;

    @Option(names = "--deterministic", description = DETERMINISTIC)
    private boolean deterministic;

    @Option(names = "--tf32", description = TF32)
    private boolean tf32;

    @Option(names = "--autotune", description = AUTOTUNE)
    private boolean autotune;

    @Option(names = "--memory-limit", paramLabel = "SIZE", converter = Size.class, description = MEMORY_LIMIT)
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
