/**
 * What a run leaves for people to look at: curves, the confusion matrix, the images and what the network takes them for, and
 * a page that holds all of it.
 *
 * <p>Begin with {@link voluta.report.RunReport}, a listener of a training; {@link voluta.report.ValidationReport} is its
 * counterpart for a checkpoint. Both make a {@code Findings}, which knows no files, and {@code ReportFiles} writes it.
 *
 * <pre>
 * TrainingListener events --> RunReport -----------+
 *                                                  +--> Findings --> ReportFiles --> results.png, report.html, ...
 * Validator --Judgement--> Judgements (bounded) ---+
 * </pre>
 *
 * <p>{@link voluta.report.RatePicture} draws a learning-rate range test, {@link voluta.report.ComparisonPicture} the curves of
 * several runs, which {@link voluta.report.ComparisonPage} puts below their table; how all charts look, those of other rooms
 * too, is in {@link voluta.report.Charts}. {@link voluta.report.HtmlPage} puts a page together, also
 * for other rooms, and {@link voluta.report.Png} makes files of pictures.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>While a training runs, the listener only notes numbers, and {@link voluta.report.TensorBoardLog} appends a few
 *       hundred bytes to a file. Files are written when it has ended, or failed; the
 *       images are judged after that, when the device is free again.
 *   <li>{@code report.html} is one file that needs no other and no network: its content policy forbids both. All
 *       it shows stands as JSON in one block, so programs can read it too.
 *   <li>Names of files and classes are text wherever they appear, never markup.
 *   <li>Memory is bounded, however many images there are: a row of numbers for each, small pictures of some. What was left
 *       out is counted and said.
 *   <li>Same events, same bytes: no time and no random number enters a file, but for TensorBoard's, which need the time.
 *   <li>Colours are those of Okabe and Ito, which people with any kind of colour vision can tell apart; a second sign (dash,
 *       marker, text) always says the same.
 *   <li>A report is never worth a run: what cannot be written is said in one sentence and ends nothing.
 * </ul>
 *
 * <p>May use: train (events, validation), plan; also data (the images that are shown), model (the table of layers),
 * explain (themes) and checkpoint (files are replaced as a whole).
 *
 * <p>Refused: a library of charts for the page (ten times its size, and its licence to carry along; the page's own
 * script draws what is needed); pictures linked from the page (it would break when it is sent by mail); a server.
 */
package voluta.report;
