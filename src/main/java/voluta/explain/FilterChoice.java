package voluta.explain;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import voluta.nn.Filter;
import voluta.nn.NamedFilters;
import voluta.tensor.Nearest;

/**
 * A filter with the name to show it under.
 *
 * @param name for instance {@code horizontal_edge}, or {@code your matrix}
 */
public record FilterChoice(String name, Matrix matrix) {
    /** What a filter without a name is called. */
    public static final String UNNAMED = "your matrix";

    /** All that have names, but for the one that changes nothing. */
    public static List<FilterChoice> all() {
        return NamedFilters.all().entrySet().stream()
                .filter(e -> !e.getKey().equals("identity"))
                .map(FilterChoice::of)
                .toList();
    }

    private static FilterChoice of(Map.Entry<String, Filter> e) {
        return new FilterChoice(e.getKey(), new Matrix(e.getValue().matrix()));
    }

    /**
     * A filter by its name, or a matrix as {@link Matrix#parse} reads it, also with a name before it: {@code mine=1 0 -1}.
     *
     * @throws ExplainException if it is neither, with the nearest name
     */
    public static FilterChoice parse(String text) {
        String wanted = text.strip().toLowerCase(Locale.ROOT).replace('-', '_');
        for (Map.Entry<String, Filter> e : NamedFilters.all().entrySet()) {
            if (e.getKey().equals(wanted)) return of(e);
        }
        int equals = text.indexOf('=');
        if (equals > 0) {
            return new FilterChoice(text.substring(0, equals).strip(), Matrix.parse(text.substring(equals + 1)));
        }
        if (wanted.matches("[a-z][a-z0-9_ ]*")) {
            throw new ExplainException("there is no filter '" + text + "'"
                    + Nearest.suggestion(wanted, NamedFilters.all().keySet()) + ", or write a matrix");
        }
        return new FilterChoice(UNNAMED, Matrix.parse(text));
    }
}
