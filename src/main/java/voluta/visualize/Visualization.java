package voluta.visualize;

import java.util.List;
import java.util.Optional;
import voluta.data.Image;
import voluta.tensor.HostTensor;
import voluta.train.Prediction;

/**
 * What is seen of a network and one picture.
 *
 * @param network its name
 * @param name the picture's
 * @param picture as the network gets it
 * @param prediction what the network says
 * @param target the class that is explained
 * @param layers those that are shown, in order
 * @param overlays maps over the picture: where it speaks for the class
 * @param field the unit and what it sees
 * @param skipped what this network has not, in one sentence
 */
public record Visualization(
        String network,
        String name,
        Image picture,
        Prediction prediction,
        Prediction.Guess target,
        List<Shown> layers,
        List<Overlay> overlays,
        Optional<Field> field,
        Optional<String> skipped) {
    /**
     * A layer.
     *
     * @param cam its Grad-CAM
     * @param excited inputs that most excite some of its filters
     */
    public record Shown(
            Layer layer, Optional<Tiles> maps, Optional<Tiles> filters, Optional<Heat> cam, List<Excited> excited) {}

    /**
     * A picture that excites a filter.
     *
     * @param picture {@code [C,H,W]}, 0 to 1
     * @param before the unit in the middle of the filter's map, for grey noise
     * @param after the same for the picture
     */
    public record Excited(int filter, HostTensor picture, double before, double after) {}

    /**
     * A map over the picture.
     *
     * @param id as it is called in JSON and file names
     * @param title as people call it
     * @param about one line: what it shows
     * @param smooth whether it is a coarse grid, drawn without edges
     */
    public record Overlay(String id, String title, String about, Heat heat, boolean smooth) {}

    /**
     * A unit and what it sees.
     *
     * @param value the unit's value for this picture
     * @param gradient how much each pixel changes it
     */
    public record Field(Unit unit, double value, Heat gradient) {}

    public Visualization {
        layers = List.copyOf(layers);
        overlays = List.copyOf(overlays);
    }

    /** The overlay of this name, if it was wanted. */
    public Optional<Overlay> overlay(String id) {
        return overlays.stream().filter(o -> o.id().equals(id)).findFirst();
    }
}
