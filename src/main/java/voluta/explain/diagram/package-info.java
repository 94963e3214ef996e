/**
 * A network drawn for people: layers as boxes from top to bottom, blocks as frames, residual arcs, shapes on the edges.
 *
 * <pre>
 * Graph --Outline--> Item (layers, blocks, edges) --Part--> series and branches --Drawing--> SVG
 * </pre>
 *
 * <p>Begin with {@link voluta.explain.diagram.NetworkDiagram}. {@code Outline} makes one box of a layer and of what only
 * changes its numbers (normalization, activation), frames of the paths' parts, and one frame of equal neighbours. {@code
 * Part} finds out which boxes follow each other and which stand side by side. {@code Drawing} measures and draws.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Every node of the graph stands in exactly one box: its path is a line of that box's title.
 *   <li>Nothing overlaps but frames and what they hold. Widths of text are estimated for a wide font, so a narrower one
 *       leaves room.
 *   <li>Text is text, which can be searched, selected and read aloud. Same network, same bytes.
 * </ul>
 *
 * <p>Refused: a library for graph drawing. Eclipse's ELK lays out any graph, and brings EMF, Xtext and Guava along; networks
 * are chains with branches that join again, which a recursion over cut points draws as people draw them. Batik's and JFreeSVG's
 * canvases write what Java2D is told, without titles, groups and colours that follow the reader's theme; the JDK's XML
 * writer escapes just as well.
 */
package voluta.explain.diagram;
