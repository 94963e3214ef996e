package voluta.backend;

import java.util.List;

/** Found by ServiceLoader. Cheap: loads no native code before {@link #probe}. */
public interface BackendProvider {
    /** As users write it: {@code cuda}, {@code onednn}, {@code reference}. */
    String name();

    /** {@code auto} takes the available one with the highest. */
    int priority();

    /** Finds out whether it can work here; never throws. */
    Availability probe();

    /** What the probe looked at, found and refused, a line each, for people who ask why. */
    default List<String> findings() {
        return List.of();
    }

    /** Opens it; throws {@link DeviceException} if it cannot work. */
    Backend open(BackendOptions options);
}
