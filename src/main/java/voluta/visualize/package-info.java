/**
 * What a trained network does with a picture, as pictures: filters and maps of its layers, where the picture speaks for a
 * class, the inputs that excite filters, and what a unit sees.
 *
 * <p>Begin with {@link voluta.visualize.Visualizer}; {@link voluta.visualize.Subject} is the network on a backend, and {@link
 * voluta.visualize.Layers} what can be seen of it.
 *
 * <pre>
 * checkpoint --> Subject --graphs over the same weights--> PictureGraph (maps, Grad-CAM, saliency)   --+
 *                                                          SmoothGrad, Occlusion, Excitation, UnitGraph --+--> Visualization
 *                                                                                                            |
 *                             index.html &lt;-- VisualizationJson --+-- VisualizationFiles &lt;------------------+
 *                             *.png      &lt;-- Sheets -------------+
 * </pre>
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Every number comes from a graph that a session runs: gradients are the differentiator's, class activation maps are
 *       nodes behind them ({@code ClassActivation}), and the picture that excites a filter is trained by Adam's own node. So
 *       all of it runs on any backend, and what is held against the reference is what is shown.
 *   <li>Graphs take numbers instead of bytes, for bytes have no gradient. They are lowered, not fused across what is shown.
 *   <li>A class enters a graph as a fed gradient of the scores, so one graph serves every class and every picture.
 *   <li>Same picture, same seed, same files: noise and jitter are {@link voluta.tensor.Philox}'s.
 *   <li>Colours stand for numbers evenly and can be read without colour vision ({@link voluta.visualize.ColourMap}). Maps go
 *       into the page as shades, and its script gives them the colours of light or dark.
 *   <li>A view that a network has not is left out and named; the others are given.
 * </ul>
 *
 * <p>May use: explain (themes and labels), report (the frame of a page, PNG), train (checkpoints, predictions), session, plan and
 * backend (to run graphs), autodiff, model, nn, op, graph, data (pictures), checkpoint (whole files or none).
 *
 * <p>Refused: own gradients or convolutions on the host; colours chosen in the sheet of a layer (each would have its own); a
 * page for each layer (one file can be sent by mail).
 */
package voluta.visualize;
