package voluta.cli;

import picocli.CommandLine.Mixin;
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

    @Mixin
    private DeviceOption device;

    String backend() {
        return backend;
    }

    BackendOptions options() {
        return device.options();
    }

    /** Opens the backend that was chosen; the caller closes it. */
    Backends.Choice open() {
        return Backends.open(backend, options());
    }
}
