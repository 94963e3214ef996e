package voluta.backend.reference;

import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;

/** Always available. */
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Availability probe() {
        return new Availability.Available("plain Java in double precision");
    }

    @Override
    public Backend open(BackendOptions options) {
        options.requireOnlyDevice(name());
        return new ReferenceBackend(options);
    }
}
