package voluta.cli;

import picocli.CommandLine.Option;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;

/** The options that choose where to compute. */
final class BackendOption {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "Where to compute: auto, cuda, onednn or reference. auto takes the fastest that works here;"
                    + " one asked for by name is an error where it does not work. Default: ${DEFAULT-VALUE}.")
    private String backend = Backends.AUTO;

    @Option(
            names = "--device",
            paramLabel = "N",
            description = "Which device of the backend, counted from 0. Default: ${DEFAULT-VALUE}.")
    private int device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "CPU threads; 0 for all that this process may use. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--deterministic", description = "Use only algorithms that give the same bits each time.")
    private boolean deterministic;

    String backend() {
        return backend;
    }

    BackendOptions options() {
        return new BackendOptions(threads, device, deterministic, 0);
    }

    /** Opens the backend that was chosen; the caller closes it. */
    Backends.Choice open() {
        return Backends.open(backend, options());
    }
}
