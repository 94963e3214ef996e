package voluta.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.train.TrainingConfig;

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

    /** The options of a training that computes there. */
    TrainingConfig configure(TrainingConfig config) {
        BackendOptions o = options();
        return config.with("backend", backend)
                .with("device", Integer.toString(o.device()))
                .with("threads", Integer.toString(o.threads()))
                .with("deterministic", Boolean.toString(o.deterministic()))
                .with("tf32", Boolean.toString(o.tf32()))
                .with("autotune", Boolean.toString(o.autotune()))
                .with("memory-limit", o.memoryLimit() == 0 ? null : Long.toString(o.memoryLimit()));
    }

    /** Opens the backend that was chosen; the caller closes it. */
    Backends.Choice open() {
        return Backends.open(backend, options());
    }
}
