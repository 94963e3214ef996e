/**
 * Experiments that show what a technique does: the same small networks are trained with and without it, and a conclusion
 * is drawn from the numbers.
 *
 * <p>Begin with {@link voluta.experiment.Experiment}, then read one: {@code NormalizationExperiment} is the largest. An
 * experiment trains through {@link voluta.experiment.Laboratory}, which is {@link voluta.train.Trainer#trial} with progress,
 * and gives an {@link voluta.experiment.Outcome}: tables, sentences and pictures.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Sentences are computed from the rows of a table by a pure function, and tell what the rows say, also where that is
 *       not what the lecture teaches.
 *   <li>Tables hold only what is the same each time on the same machine with the same options: no times. Times that were
 *       measured come beside them.
 *   <li>Nothing is written before everything is done; an experiment that is stopped leaves nothing.
 * </ul>
 *
 * <p>May use: train (trials), model (networks), data (pictures, made ones too), checkpoint (whole files or none), report
 * (charts), explain (themes); nn (initializations); session, plan, backend, op and graph for what is computed without training.
 *
 * <p>Refused: a training loop of its own, which would show something about itself and not about {@code voluta train};
 * leaving out rates or seeds after a look at the results.
 */
package voluta.experiment;
