package voluta.visualize;

import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What is wanted.
 *
 * @param views what to show
 * @param target a class by name or index; empty for the one that is predicted
 * @param layer the layer that class activation maps and excited filters are of; empty for the network's last maps
 * @param unit the unit whose receptive field is drawn, {@code layer:channel,y,x}; empty for the strongest of the layer
 * @param patch the side of the square that covers a part of the picture; empty for a quarter of the picture
 * @param seed decides noise and jitter
 */
public record VisualizeSettings(
        Set<View> views,
        Optional<String> target,
        Optional<String> layer,
        Optional<String> unit,
        OptionalInt patch,
        long seed) {
    /** Everything, for the predicted class. */
    public static final VisualizeSettings ALL = new VisualizeSettings(
            EnumSet.allOf(View.class), Optional.empty(), Optional.empty(), Optional.empty(), OptionalInt.empty(), 0);

    public VisualizeSettings {
        views = Set.copyOf(views);
    }

    boolean wants(View v) {
        return views.contains(v);
    }
}
