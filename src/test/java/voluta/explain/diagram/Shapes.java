package voluta.explain.diagram;

import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** What lies where in a drawing, read back from the file. */
record Shapes(
        List<Element> layers,
        List<Rectangle2D> boxes,
        List<Rectangle2D> frames,
        List<Rectangle2D> labels,
        List<Line2D> lines,
        int arcs,
        Rectangle2D page) {
    private static final Pattern POINT = Pattern.compile("(-?[0-9.]+) (-?[0-9.]+)");

    static Document parsed(String svg) throws Exception {
        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();
        f.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        f.setNamespaceAware(true);
        return f.newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    static Shapes of(String svg) throws Exception {
        Element root = parsed(svg).getDocumentElement();
        List<Element> layers = new ArrayList<>();
        for (Element g : all(root, "g")) if (g.getAttribute("class").startsWith("layer ")) layers.add(g);
        List<Rectangle2D> boxes = new ArrayList<>(), frames = new ArrayList<>(), labels = new ArrayList<>();
        Rectangle2D page = null;
        for (Element r : all(root, "rect")) {
            Rectangle2D rect = new Rectangle2D.Double(d(r, "x"), d(r, "y"), d(r, "width"), d(r, "height"));
            switch (r.getAttribute("class")) {
                case "box" -> boxes.add(rect);
                case "frame" -> frames.add(rect);
                case "page" -> page = rect;
                default -> {}
            }
        }
        for (Element t : all(root, "text")) labels.add(room(t));
        List<Line2D> lines = new ArrayList<>();
        int arcs = 0;
        for (Element p : all(root, "path")) {
            if (p.getAttribute("class").equals("head")) continue;
            if (p.getAttribute("class").contains("arc")) arcs++;
            double[] from = null;
            Matcher m = POINT.matcher(p.getAttribute("d"));
            while (m.find()) {
                double[] to = {Double.parseDouble(m.group(1)), Double.parseDouble(m.group(2))};
                if (from != null) lines.add(new Line2D.Double(from[0], from[1], to[0], to[1]));
                from = to;
            }
        }
        return new Shapes(layers, boxes, frames, labels, lines, arcs, page);
    }

    /** The room that a text takes in a wide font. */
    private static Rectangle2D room(Element t) {
        String kind = t.getAttribute("class");
        double size = kind.equals("title") ? 22 : kind.equals("what") ? 13 : 11;
        double width = TextWidth.of(t.getTextContent(), size, kind.equals("title") || kind.equals("what"));
        double x = kind.contains("right") ? d(t, "x") - width : d(t, "x");
        return new Rectangle2D.Double(x, d(t, "y") - 0.75 * size, width, size);
    }

    static List<Element> all(Element root, String name) {
        List<Element> found = new ArrayList<>();
        NodeList nodes = root.getElementsByTagName(name);
        for (int i = 0; i < nodes.getLength(); i++) found.add((Element) nodes.item(i));
        return found;
    }

    /** The lines of a group's own title. */
    static List<String> title(Element group) {
        for (Node n = group.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Element e && e.getTagName().equals("title")) {
                return e.getTextContent().isEmpty()
                        ? List.of()
                        : e.getTextContent().lines().toList();
            }
        }
        throw new AssertionError("a group without a title");
    }

    private static double d(Element e, String name) {
        return Double.parseDouble(e.getAttribute(name));
    }
}
