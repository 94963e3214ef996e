/**
 * Training, validation and prediction: what the command line and the Java API are made of.
 *
 * <p>Begin with {@link voluta.train.Training} (a run in a few calls) or {@link voluta.train.TrainingConfig} (all options),
 * then {@link voluta.train.Trainer}. {@code TrainingProgram} is what runs: a backend, a session, and the graphs ({@code
 * StepGraphs}) of a step and of an evaluation over the same weights. {@code UpdateGroups} says how each parameter is trained. Where the memory decides about the batch size, {@code BatchFit} plans them before. {@code TrainingRun} goes through epochs, reports and checkpoints; within it {@code StepLoop} does the
 * steps. {@link voluta.train.RateTest} does some at rising learning rates instead, {@link
 * voluta.train.Trial} some to be looked at, with what layers give on the way. {@link voluta.train.Validator} and {@link voluta.train.Predictor} use the checkpoints that come out; {@link
 * voluta.train.TrainedNetwork} is one, for graphs of other kinds.
 *
 * <pre>
 * TrainingConfig --> RunData (data sets, network) --> TrainingProgram --> RunDirectory --> TrainingRun
 *                                                                                            |
 *                              BatchLoader --slots = graph feeds--> StepLoop --events--> TrainingListener
 * </pre>
 *
 * <p>{@link voluta.train.RunFolder} reads what a run has left, or leaves at the moment, in its folder.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The loader writes into the graph's own input buffers; nothing is copied between. A step allocates nothing on the
 *       driving thread, and decides nothing but the learning rate.
 *   <li>With {@code --device-data} the samples are on the device ({@code DeviceData}), and slots hold what a batch is made
 *       of. No bit of a run changes by it.
 *   <li>A run's folder is made last, when everything that can fail early has not. Only the run that it belongs to
 *       goes on in it, and only one process at a time. Its files are each replaced as a whole.
 *   <li>{@code args.yaml} holds all options, also those that were not given, so a run can be repeated with it even when
 *       defaults change. Defaults live in one place, {@code defaults.yaml}; names and types of options, in the components
 *       of {@code TrainingConfig}.
 *   <li>A step may be several batches whose gradients are accumulated ({@link voluta.model.AccumulatedStep}). Then one
 *       compiled graph runs for each batch and another ends the step; the host does no more than that, and tells the
 *       first which batch begins a sum. What counts steps, counts these; the position in the data counts batches, so
 *       that a run may stop between any two.
 *   <li>Weights that were finite stay so: a step whose gradients are not finite changes nothing, and ends the run; with a
 *       {@link voluta.optim.LossScale}, as f16 has, it is skipped and counted, and the run ends where no scale helps.
 *   <li>A checkpoint holds all that is needed to use it (network, classes, normalisation) and all that a resumed run needs
 *       besides (optimizer, step, position in the data, sums, rows of results). A run that goes on from it, at whatever
 *       step, ends with the bits of the one that never ended; see {@link voluta.train.ResumePoint}.
 *   <li>A checkpoint is copied between two steps and written while the next ones run. A failure to write ends the run at
 *       the next step boundary and names the newest checkpoint that is good.
 *   <li>{@code progress.jsonl} is for looking at: bounded, never forced to the disk, and nothing goes on from it. {@link
 *       voluta.train.RunRecords} makes the records, {@link voluta.train.RunProgress} is what they add up to, in the process
 *       that trains and in any that reads the file.
 *   <li>Stopping is a flag that is looked at between steps, between evaluation batches and while
 *       waiting for data. This room knows no signals.
 * </ul>
 *
 * <p>May use: session, model, data, checkpoint; also backend (to choose one), plan (graphs are brought to a backend's ops
 * before they are compiled), nn (the mode of a network's graph), optim (options become optimizer, clipping and schedule)
 * and graph (which sources are weights).
 *
 * <p>Refused: accumulation as one graph of all batches of a step (its plan, kernels and feeds would grow with their
 * number), as one graph whose update is switched off for all but the last (each batch would pay for clipping and update),
 * and as two whole steps, one with and one without update (two arenas); an automatic step back to an older checkpoint
 * when the newest is damaged (whoever loses work should know; the message names the file to use); rows of results read
 * back from {@code results.csv} (the checkpoint's are those of its step); reading the loss after each step from a device (it would wait; the sums are kept there); listeners on threads
 * of their own (their order would be left to chance); a training loop that users subclass.
 */
package voluta.train;
