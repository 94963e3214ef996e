package voluta.cli;

import java.nio.file.InvalidPathException;
import picocli.CommandLine.ParameterException;
import voluta.backend.DeviceException;
import voluta.checkpoint.CheckpointException;
import voluta.optim.OptimizerException;
import voluta.tensor.VolutaException;

/** How the program ends. Part of the interface: scripts rely on the numbers. */
final class ExitCode {
    static final int OK = 0;
    static final int INTERNAL = 1;
    static final int USAGE = 2;
    static final int MODEL_OR_DATA = 3;
    static final int DEVICE = 4;
    static final int CHECKPOINT = 5;
    static final int INTERRUPTED = 130;
    static final int TERMINATED = 143;

    private ExitCode() {}

    /** The code that an error ends with. */
    static int of(Throwable error) {
        if (error instanceof ParameterException || error instanceof OptimizerException) return USAGE;
        if (error instanceof DeviceException) return DEVICE;
        if (error instanceof CheckpointException) return CHECKPOINT;
        if (error instanceof VolutaException || error instanceof InvalidPathException) return MODEL_OR_DATA;
        return INTERNAL;
    }
}
