package voluta;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/** Reads what PyTorch computed; {@code voluta/traces/README.md} among the test resources says what each field means. */
public final class TraceReader {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TraceReader() {}

    /** A recorded array, row-major. */
    public record Tensor(Shape shape, double[] values) {
        /** The same as a host tensor that keeps all digits. */
        public HostTensor host() {
            return HostTensor.f64(shape, values);
        }

        /** The largest absolute value. */
        public double largest() {
            double m = 0;
            for (double v : values) m = Math.max(m, Math.abs(v));
            return m;
        }
    }

    /** One recorded application of an op; maps are empty where the record has no such field. */
    public record Case(
            String name,
            String op,
            JsonNode attributes,
            Map<String, Tensor> inputs,
            Map<String, Tensor> constants,
            Tensor output,
            Tensor upstream,
            Map<String, Tensor> gradients,
            Map<String, Tensor> updated) {

        /** A list attribute such as {@code stride}. */
        public List<Integer> ints(String attribute) {
            List<Integer> list = new ArrayList<>();
            required(attribute).forEach(n -> list.add(n.intValue()));
            return List.copyOf(list);
        }

        public int integer(String attribute) {
            return required(attribute).intValue();
        }

        public double number(String attribute) {
            return required(attribute).doubleValue();
        }

        public boolean flag(String attribute) {
            return required(attribute).booleanValue();
        }

        public String text(String attribute) {
            return required(attribute).textValue();
        }

        private JsonNode required(String attribute) {
            JsonNode n = attributes.get(attribute);
            if (n == null) throw new IllegalArgumentException(this + " has no attribute " + attribute);
            return n;
        }

        @Override
        public String toString() {
            return op + ": " + name;
        }
    }

    /** The cases of an op sample file such as {@code conv}. */
    public static List<Case> cases(String file) {
        List<Case> all = new ArrayList<>();
        for (JsonNode c : read(file).get("cases")) {
            all.add(new Case(
                    c.get("name").textValue(),
                    c.get("op").textValue(),
                    c.get("attributes"),
                    tensors(c.get("inputs")),
                    tensors(c.get("constants")),
                    tensor(c.get("output")),
                    tensor(c.get("upstream")),
                    tensors(c.get("gradients")),
                    tensors(c.get("updated"))));
        }
        return all;
    }

    /** A whole file such as {@code optimizers} as JSON. */
    public static JsonNode read(String file) {
        try (InputStream in = TraceReader.class.getResourceAsStream("/voluta/traces/" + file + ".json")) {
            if (in == null) throw new IllegalArgumentException("there is no trace " + file);
            return MAPPER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A tensor from {@code {"shape":[...],"values":[...]}}. */
    public static Tensor tensor(JsonNode n) {
        long[] shape = new long[n.get("shape").size()];
        for (int i = 0; i < shape.length; i++) shape[i] = n.get("shape").get(i).longValue();
        return new Tensor(Shape.of(shape), doubles(n.get("values")));
    }

    /** The numbers of a JSON array. */
    public static double[] doubles(JsonNode array) {
        double[] d = new double[array.size()];
        for (int i = 0; i < d.length; i++) d[i] = array.get(i).doubleValue();
        return d;
    }

    private static Map<String, Tensor> tensors(JsonNode n) {
        Map<String, Tensor> map = new LinkedHashMap<>();
        if (n != null) n.properties().forEach(e -> map.put(e.getKey(), tensor(e.getValue())));
        return map;
    }
}
