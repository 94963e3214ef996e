package voluta.visualize;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import voluta.autodiff.Differentiator;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.model.InferenceGraph;
import voluta.model.Network;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;
import voluta.train.Prediction;

/**
 * One pass forward and one back for one picture: what the network says, the maps of its layers, and how the score of a class
 * hangs on them and on the pixels.
 */
final class PictureGraph implements AutoCloseable {
    private static final String SCORE_GRADIENT = "score_gradient";
    private static final String SALIENCY = "saliency";

    private final Subject subject;
    private final CompiledGraph graph;
    private final int classes;

    /**
     * @param maps layers whose maps can be read
     * @param explained layers that class activation maps are made of
     */
    PictureGraph(Subject subject, List<Layer> maps, List<Layer> explained) {
        this.subject = subject;
        this.classes = subject.classNames().size();
        List<Layer> wanted = new ArrayList<>(maps);
        explained.stream().filter(l -> !wanted.contains(l)).forEach(wanted::add);
        Subject.Trunk t = subject.trunk(1, wanted);
        GraphBuilder b = t.builder();
        Value seed = b.input(SCORE_GRADIENT, TensorType.f32(1, classes));
        List<Value> wrt = new ArrayList<>(List.of(t.x()));
        explained.forEach(l -> wrt.add(t.maps().get(l.path())));
        Map<Value, Value> gradients = Differentiator.gradients(b, Map.of(t.logits(), seed), wrt);
        if (gradients.containsKey(t.x())) b.output(SALIENCY, gradients.get(t.x()));
        for (Layer l : explained) {
            Value map = t.maps().get(l.path()), gradient = gradients.get(map);
            if (gradient == null) continue;
            b.output(cam(l), ClassActivation.plain(b, cam(l), map, gradient));
            b.output(camPlusPlus(l), ClassActivation.plusPlus(b, camPlusPlus(l), map, gradient));
        }
        graph = subject.compile(b.build());
    }

    private static String cam(Layer l) {
        return "Grad-CAM of " + l.path();
    }

    private static String camPlusPlus(Layer l) {
        return "Grad-CAM++ of " + l.path();
    }

    /** Runs the network on a picture. */
    Prediction predict(HostTensor x) {
        graph.feed(Network.X, 0, x);
        return explain(-1);
    }

    /** Runs it on the same picture again, for the gradients of a class's score; -1 for those of none, which are 0. */
    Prediction explain(int target) {
        HostTensor seed = HostTensor.zeros(TensorType.f32(1, classes));
        if (target >= 0) seed.set(target, 1);
        graph.feed(SCORE_GRADIENT, 0, seed);
        graph.run(0);
        return Prediction.of(Subject.read(graph, InferenceGraph.PROBABILITIES).toDoubles(), subject.classNames());
    }

    /** The score of a class before softmax, of the last run. */
    double score(int target) {
        return Subject.read(graph, Network.LOGITS).get(target);
    }

    /** The maps of a layer, {@code [1,C,H,W]}. */
    HostTensor maps(Layer layer) {
        return Subject.read(graph, Subject.name(layer));
    }

    /** Grad-CAM of a layer; zeros where the score does not hang on it. */
    Heat gradCam(Layer layer) {
        return read(cam(layer), layer);
    }

    /** Grad-CAM++ of a layer. */
    Heat gradCamPlusPlus(Layer layer) {
        return read(camPlusPlus(layer), layer);
    }

    private Heat read(String output, Layer layer) {
        return graph.graph().outputs().containsKey(output)
                ? Heat.of(Subject.read(graph, output), 0)
                : new Heat(layer.height(), layer.width(), new double[layer.height() * layer.width()]);
    }

    /** The gradient of the score with respect to the input, {@code [1,C,H,W]}. */
    HostTensor gradient() {
        return Subject.read(graph, SALIENCY);
    }

    @Override
    public void close() {
        graph.close();
    }
}
