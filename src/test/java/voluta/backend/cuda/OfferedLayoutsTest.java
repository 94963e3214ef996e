package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.cuda.CudaLayout.Order;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.conformance.CaseResult;
import voluta.conformance.CaseTable;
import voluta.conformance.Conformance;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Every case once more, with the large inputs offered as convolutions leave them: with channels last, in bf16, or both.
 * In a graph of one node every input is plain, so the ordinary run does not see these. {@code -Dvoluta.cases=Pooling} runs
 * one op's alone.
 */
class OfferedLayoutsTest {
    private static final String ONLY = System.getProperty("voluta.cases", "");

    @TestFactory
    Stream<DynamicNode> everyCaseInEveryLayout() {
        SimulatedDevice.assume();
        Backend oracle = Backends.open("reference", BackendOptions.DEFAULT).backend();
        List<DynamicNode> all = new ArrayList<>();
        List<Backend> opened = new ArrayList<>(List.of(oracle));
        for (Precision precision : Precision.values()) {
            for (Order order : Order.values()) {
                if (precision == Precision.F32 && order == Order.ROW_MAJOR) continue; // the ordinary run
                Backend cuda = new CudaProvider().open(BackendOptions.DEFAULT);
                opened.add(cuda);
                Conformance runner = new Conformance(offering(cuda, order, CudaLayout.storage(precision)), oracle);
                all.add(dynamicContainer(
                        precision.label() + " " + order.name().toLowerCase(java.util.Locale.ROOT),
                        CaseTable.all().stream()
                                .filter(c -> ONLY.isEmpty() || ONLY.equals(c.op()))
                                .map(c -> dynamicContainer(
                                        c.op(),
                                        c.valid().stream()
                                                .map(v -> dynamicTest(
                                                        v.name(), () -> check(runner.run(c.op(), v, precision))))))));
            }
        }
        return all.stream().onClose(() -> opened.forEach(Backend::close));
    }

    private static void check(CaseResult r) {
        assertTrue(
                r.passed(),
                () -> r.op() + ", " + r.name() + ", " + r.precision() + " (tolerance " + r.tolerance() + "): "
                        + r.failure());
    }

    /** The backend, told that the large inputs of each node lie so. */
    private static Backend offering(Backend backend, Order order, DType storage) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("prepare"))
                arguments = new Object[] {offered((Preparation) arguments[0], order, storage)};
            try {
                return method.invoke(backend, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (Backend)
                Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, handler);
    }

    private static Preparation offered(Preparation p, Order order, DType storage) {
        Node node = p.node();
        TensorType large = node.inputs().stream()
                .map(Value::type)
                .filter(t -> t.dtype() == DType.F32)
                .max(Comparator.comparingLong(TensorType::elements))
                .orElse(TensorType.f32());
        List<Layout> offered = new ArrayList<>(p.offered());
        for (int i = 0; i < offered.size(); i++) {
            // what is updated in place keeps its home, and what another node has laid out stays as it is
            boolean open = Layouts.PLAIN.equals(offered.get(i)) && !updated(node, i);
            if (open && node.input(i).type().equals(large)) offered.set(i, CudaLayout.of(large, order, storage));
        }
        return new Preparation(node, Collections.unmodifiableList(offered), p.forward(), p.precision(), p.training());
    }

    private static boolean updated(Node node, int input) {
        for (int o = 0; o < node.outputs().size(); o++) {
            if (node.op().updates(o).orElse(-1) == input) return true;
        }
        return false;
    }
}
