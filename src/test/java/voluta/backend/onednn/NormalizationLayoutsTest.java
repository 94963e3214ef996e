package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.conformance.CaseResult;
import voluta.conformance.CaseTable;
import voluta.conformance.Conformance;
import voluta.tensor.TensorType;

/**
 * The normalizations' cases once more, with inputs offered as convolutions leave them: blocked or channels-last, f32 or bf16.
 * In a graph of one node every input is plain, so the ordinary run does not see these.
 */
class NormalizationLayoutsTest {
    /** How images are offered. */
    private enum Order {
        ROW_MAJOR(null, format_tag.ab, format_tag.abc, format_tag.abcd, format_tag.abcde),
        CHANNELS_LAST(null, format_tag.ab, format_tag.acb, format_tag.acdb, format_tag.acdeb),
        BLOCKS_OF_16(null, format_tag.ab, format_tag.aBc16b, format_tag.aBcd16b, format_tag.aBcde16b),
        BLOCKS_OF_8(null, format_tag.ab, format_tag.aBc8b, format_tag.aBcd8b, format_tag.aBcde8b);

        final format_tag[] byRank;

        Order(format_tag... fromRankOne) {
            byRank = fromRankOne;
        }

        Layout of(OnednnContext c, TensorType t, data_type storage) {
            return c.layout(t, new memory.desc(t.shape().dims(), storage, byRank[t.rank() - 1]));
        }
    }

    @TestFactory
    Stream<DynamicNode> everyCaseInEveryLayout() {
        OnednnProvider provider = new OnednnProvider();
        assumeTrue(provider.probe() instanceof Availability.Available, "no oneDNN here");
        Backend oracle = Backends.open("reference", BackendOptions.DEFAULT).backend();
        List<DynamicNode> all = new ArrayList<>();
        for (Precision precision : LayoutRunner.precisions()) {
            for (Order order : Order.values()) {
                Conformance runner =
                        new Conformance(offering(provider.open(BackendOptions.DEFAULT), order, precision), oracle);
                all.add(dynamicContainer(
                        precision.label() + " " + order.name().toLowerCase(Locale.ROOT),
                        CaseTable.all().stream()
                                .filter(c ->
                                        c.op().endsWith("Normalization") && !c.op().equals("FoldBatchNormalization"))
                                .map(c -> dynamicContainer(
                                        c.op(),
                                        c.valid().stream()
                                                .map(v -> dynamicTest(
                                                        v.name(), () -> check(runner.run(c.op(), v, precision))))))));
            }
        }
        return all.stream();
    }

    private static void check(CaseResult r) {
        assertTrue(
                r.passed(),
                () -> r.op() + ", " + r.name() + ", " + r.precision() + " (tolerance " + r.tolerance() + "): "
                        + r.failure());
    }

    /** The backend, told that every input of the first input's type lies in this layout. */
    private static Backend offering(Backend backend, Order order, Precision precision) {
        OnednnContext context = new OnednnContext(1, false);
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("prepare")) {
                arguments = new Object[] {as(context, (Preparation) arguments[0], order, precision)};
            }
            try {
                return method.invoke(backend, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (Backend)
                Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, handler);
    }

    private static Preparation as(OnednnContext c, Preparation p, Order order, Precision precision) {
        List<Layout> offered = new ArrayList<>(p.offered());
        TensorType x = p.node().input(0).type();
        for (int i = 0; i < offered.size(); i++) {
            boolean image = p.node().input(i).type().equals(x) && x.rank() >= 2 && x.rank() <= 5;
            if (image) offered.set(i, order.of(c, x, OnednnContext.storage(precision)));
        }
        return new Preparation(p.node(), Collections.unmodifiableList(offered), p.forward(), precision, p.training());
    }
}
