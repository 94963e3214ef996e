package voluta.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The hand-made filters that have names. Applied as cross-correlation: the matrix is not mirrored. */
public final class NamedFilters {
    private static final Map<String, Filter> TABLE = new LinkedHashMap<>();

    static {
        put("horizontal_edge", 1, 3, 1, 1, 1, 0, 0, 0, -1, -1, -1);
        put("vertical_edge", 1, 3, 1, 0, -1, 1, 0, -1, 1, 0, -1);
        put("box_blur", 9, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        put("sobel_x", 1, 3, -1, 0, 1, -2, 0, 2, -1, 0, 1);
        put("sobel_y", 1, 3, -1, -2, -1, 0, 0, 0, 1, 2, 1);
        put("gaussian", 16, 3, 1, 2, 1, 2, 4, 2, 1, 2, 1);
        put("gaussian5", 256, 5, 1, 4, 6, 4, 1, 4, 16, 24, 16, 4, 6, 24, 36, 24, 6, 4, 16, 24, 16, 4, 1, 4, 6, 4, 1);
        put("sharpen", 1, 3, 0, -1, 0, -1, 5, -1, 0, -1, 0);
        put("laplacian", 1, 3, 0, 1, 0, 1, -4, 1, 0, 1, 0);
        put("emboss", 1, 3, -2, -1, 0, -1, 1, 1, 0, 1, 2);
        put("identity", 1, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    }

    private NamedFilters() {}

    private static void put(String name, double divisor, int width, double... values) {
        List<List<Double>> rows = new ArrayList<>();
        for (int r = 0; r < values.length / width; r++) {
            List<Double> row = new ArrayList<>();
            for (int c = 0; c < width; c++) row.add(values[r * width + c] / divisor);
            rows.add(row);
        }
        TABLE.put(name, new Filter(rows));
    }

    /** All of them, by name. */
    public static Map<String, Filter> all() {
        return Collections.unmodifiableMap(TABLE);
    }
}
