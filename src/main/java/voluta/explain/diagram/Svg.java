package voluta.explain.diagram;

import java.io.StringWriter;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes the elements of a drawing; the JDK's writer escapes what they say. */
final class Svg {
    private static final String NAMESPACE = "http://www.w3.org/2000/svg";

    private final StringWriter text = new StringWriter();
    private final XMLStreamWriter xml;

    /** @param style the style sheet */
    Svg(double width, double height, String title, String description, String style) {
        try {
            xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
        } catch (XMLStreamException e) {
            throw new IllegalStateException("every Java runtime writes XML", e);
        }
        begin("svg", "xmlns", NAMESPACE, "width", number(width), "height", number(height));
        attributes("viewBox", "0 0 " + number(width) + " " + number(height), "role", "graphics-document");
        attributes("aria-roledescription", "network diagram", "aria-labelledby", "title description");
        simple("title", title, "id", "title");
        simple("desc", description, "id", "description");
        simple("style", style);
    }

    /** A group with a title, which programs that read aloud speak and browsers show beside the pointer. */
    void group(String kind, String title) {
        begin("g", "class", kind, "role", "group");
        simple("title", title);
    }

    void rect(String kind, double x, double y, double width, double height, double radius) {
        begin("rect", "class", kind, "x", number(x), "y", number(y), "width", number(width), "height", number(height));
        if (radius > 0) attributes("rx", number(radius));
        end();
    }

    /** @param kind also says where the text is anchored; an empty text writes nothing */
    void text(String kind, double x, double y, String words) {
        if (words.isEmpty()) return;
        begin("text", "class", kind, "x", number(x), "y", number(y));
        characters(words);
        end();
    }

    /** Lines from corner to corner, with round bends. */
    void line(String kind, double... corners) {
        StringBuilder d = new StringBuilder("M" + number(corners[0]) + " " + number(corners[1]));
        int last = corners.length - 2;
        for (int i = 2; i < last; i += 2) {
            double x = corners[i], y = corners[i + 1];
            double[] in = near(x, y, corners[i - 2], corners[i - 1]), out = near(x, y, corners[i + 2], corners[i + 3]);
            d.append("L")
                    .append(point(in))
                    .append("Q")
                    .append(point(new double[] {x, y}))
                    .append(" ");
            d.append(point(out));
        }
        d.append("L").append(point(new double[] {corners[last], corners[last + 1]}));
        begin("path", "class", kind, "d", d.toString());
        end();
    }

    /** The point before a bend. */
    private static double[] near(double x, double y, double toX, double toY) {
        double length = Math.hypot(toX - x, toY - y), r = Math.min(6, length / 2);
        return length == 0
                ? new double[] {x, y}
                : new double[] {x + (toX - x) / length * r, y + (toY - y) / length * r};
    }

    private static String point(double[] p) {
        return number(p[0]) + " " + number(p[1]);
    }

    /** The head of an arrow that points down to here. */
    void head(double x, double y) {
        begin(
                "path",
                "class",
                "head",
                "d",
                "M" + number(x - 4) + " " + number(y - 7) + "L" + number(x) + " " + number(y) + "L" + number(x + 4)
                        + " " + number(y - 7) + "z");
        end();
    }

    void end() {
        try {
            xml.writeEndElement();
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the drawing. */
    String finish() {
        end();
        return text + "\n";
    }

    private void simple(String name, String words, String... attributes) {
        begin(name, attributes);
        characters(words);
        end();
    }

    private void begin(String name, String... attributes) {
        try {
            xml.writeCharacters("\n");
            xml.writeStartElement(name);
            attributes(attributes);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    private void attributes(String... namesAndValues) {
        try {
            for (int i = 0; i < namesAndValues.length; i += 2)
                xml.writeAttribute(namesAndValues[i], namesAndValues[i + 1]);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    private void characters(String words) {
        try {
            xml.writeCharacters(words);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String number(double d) {
        String s = String.format(Locale.ROOT, "%.1f", d);
        return s.endsWith(".0") ? s.substring(0, s.length() - 2) : s;
    }
}
