package voluta.visualize;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import voluta.model.ReceptiveField;
import voluta.tensor.HostTensor;

/** One unit of a layer: one number of one of its maps. */
public record Unit(Layer layer, int channel, int y, int x) {
    private static final Pattern TEXT = Pattern.compile("(.+):(\\d{1,7}),(\\d{1,7}),(\\d{1,7})");

    public Unit {
        if (channel >= layer.channels() || y >= layer.height() || x >= layer.width()) {
            throw new VisualizeException("the layer " + layer.path() + " gives " + layer.size()
                    + " numbers, so it has no unit " + channel + "," + y + "," + x + "; use 0,0,0 to "
                    + (layer.channels() - 1) + "," + (layer.height() - 1) + "," + (layer.width() - 1));
        }
    }

    /**
     * Reads {@code layer:channel,y,x}.
     *
     * @throws VisualizeException if it is written otherwise, or there is no such unit
     */
    public static Unit parse(String text, Layers layers) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new VisualizeException(
                    "a unit is written layer:channel,y,x, for instance conv1:3,10,12; got '" + text + "'");
        }
        Layer layer = layers.find(m.group(1));
        return new Unit(
                layer, Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)), Integer.parseInt(m.group(4)));
    }

    /** The unit with the greatest value of a layer's maps {@code [1,C,H,W]}. */
    static Unit strongest(Layer layer, HostTensor maps) {
        Heat all = new Heat(layer.channels(), layer.height() * layer.width(), maps.toDoubles());
        int at = all.peak(), plane = layer.height() * layer.width();
        return new Unit(layer, at / plane, at % plane / layer.width(), at % layer.width());
    }

    /** The first and last row and the first and last column that the unit sees; they may lie outside of the picture. */
    double[] sees() {
        ReceptiveField.Axis rows = layer.field().axes().get(0),
                columns = layer.field().axes().get(1);
        return new double[] {
            rows.low() + y * rows.jump(),
            rows.high() + y * rows.jump(),
            columns.low() + x * columns.jump(),
            columns.high() + x * columns.jump()
        };
    }

    @Override
    public String toString() {
        return layer.path() + ":" + channel + "," + y + "," + x;
    }
}
