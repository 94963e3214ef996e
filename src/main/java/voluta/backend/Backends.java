package voluta.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** Finds backends and chooses one, once. */
public final class Backends {
    /** The name that asks for the best one that works. */
    public static final String AUTO = "auto";

    private Backends() {}

    /** A provider and what its probe said. */
    public record Candidate(BackendProvider provider, Availability availability) {
        /** One line: what it is, or why it cannot work and what would help. */
        public String describe() {
            if (availability instanceof Availability.Unavailable u)
                return provider.name() + ": " + u.reason() + ". " + u.remedy();
            return provider.name() + ": " + ((Availability.Available) availability).device();
        }
    }

    /**
     * The outcome of a choice.
     *
     * @param backend opened
     * @param explanation one line: what was chosen, and why the better ones were not
     */
    public record Choice(Backend backend, String explanation) {}

    /** All providers on the class path, best first. */
    public static List<BackendProvider> providers() {
        List<BackendProvider> all = new ArrayList<>();
        ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader())
                .forEach(all::add);
        all.sort(Comparator.comparingInt(BackendProvider::priority).reversed());
        return all;
    }

    /** All providers, probed. */
    public static List<Candidate> probe() {
        return providers().stream().map(p -> new Candidate(p, p.probe())).toList();
    }

    /**
     * Opens a backend.
     *
     * @param name a provider's name, or {@link #AUTO}
     * @throws DeviceException if there is no such backend, or the one named cannot work: with the reason and the remedy
     */
    public static Choice open(String name, BackendOptions options) {
        List<BackendProvider> all = providers();
        return name.equals(AUTO) ? openBest(all, options) : openNamed(all, name, options);
    }

    private static Choice openNamed(List<BackendProvider> all, String name, BackendOptions options) {
        BackendProvider p = all.stream()
                .filter(q -> q.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new DeviceException("there is no backend " + name + "; choose auto, "
                        + String.join(
                                ", ", all.stream().map(BackendProvider::name).toList())));
        if (p.probe() instanceof Availability.Unavailable u) {
            throw new DeviceException("backend " + name + " cannot be used: " + u.reason() + ". " + u.remedy());
        }
        Backend b = p.open(options);
        return new Choice(b, "backend " + name + " (" + b.device() + "), as asked for");
    }

    private static Choice openBest(List<BackendProvider> all, BackendOptions options) {
        StringBuilder refused = new StringBuilder();
        for (BackendProvider p : all) {
            if (p.probe() instanceof Availability.Unavailable u) {
                refused.append("; not ").append(p.name()).append(": ").append(u.reason());
            } else {
                Backend b = p.open(options);
                return new Choice(b, "backend " + p.name() + " (" + b.device() + ")" + refused);
            }
        }
        throw new DeviceException("no backend can be used" + refused);
    }
}
