/**
 * What a network is, as people write it, and the graphs that are made of it.
 *
 * <p>A {@link voluta.model.NetworkDescription} is an immutable tree: it is read from YAML ({@link
 * voluta.model.NetworkDescription#parse}) or built in Java ({@link voluta.model.Model}), can be written as YAML and read
 * back as an equal one, and goes into checkpoints as that text. The table {@code LayerKinds} is the one place that says
 * which layers and attributes exist; reading, building, writing and the making of {@code voluta.nn} layers all go by it.
 *
 * <p>A {@link voluta.model.Network} is a description with what surrounds it (what the pixels are, the seed); it makes the
 * forward graph. {@link voluta.model.TrainingGraph} (or {@link voluta.model.AccumulatedStep}), {@link
 * voluta.model.EvaluationGraph} and {@link voluta.model.InferenceGraph} are made of that. All graphs of one network name their parameters alike, so a session
 * holds one set of weights for all of them.
 *
 * <p>{@link voluta.model.ModelSummary} reads the graph, not the description: sizes, parameters, multiply-adds and
 * receptive fields are right for whatever layers there are, since only the few ops that compute are looked at.
 *
 * <p>Invariants: every fault of a description is a {@link voluta.model.ModelException} with file and line. Parsing never
 * runs anything a file names, and refuses anchors, tags and duplicate keys.
 *
 * <p>May use: nn, optim, autodiff, op (losses, metrics and the summary look at ops), graph, tensor. Begin with {@code
 * LayerKinds}, then {@link voluta.model.Network}.
 */
package voluta.model;
