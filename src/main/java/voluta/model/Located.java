package voluta.model;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value as written, with its place.
 *
 * @param value null, Boolean, Long, Double, String, a list of {@code Located}, or a map from key to {@code Located}
 * @param at for instance {@code net.yaml:41}; null for what was given in Java
 */
record Located(Object value, String at) {
    private static final int LONGEST = 160;

    /** Values given in Java, in the same form as those read. */
    static Located of(Object value) {
        if (value instanceof Located l) return l;
        if (value instanceof Integer || value instanceof Short || value instanceof Byte)
            return new Located(((Number) value).longValue(), null);
        if (value instanceof Float f) return new Located((double) f, null);
        if (value != null && value.getClass().isArray()) {
            List<Located> items = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) items.add(of(Array.get(value, i)));
            return new Located(items, null);
        }
        if (value instanceof List<?> list) {
            List<Located> items = new ArrayList<>();
            for (Object o : list) items.add(of(o));
            return new Located(items, null);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Located> entries = new LinkedHashMap<>();
            map.forEach((k, v) -> entries.put(String.valueOf(k), of(v)));
            return new Located(entries, null);
        }
        return new Located(value, null);
    }

    /** The items if this is a list, else null. */
    List<Located> items() {
        if (!(value instanceof List<?> list)) return null;
        return list.stream().map(Located.class::cast).toList();
    }

    /** The entries if this is a map, else null. */
    Map<String, Located> entries() {
        if (!(value instanceof Map<?, ?> map)) return null;
        Map<String, Located> entries = new LinkedHashMap<>();
        map.forEach((k, v) -> entries.put((String) k, (Located) v));
        return entries;
    }

    /** The value in a few words, for messages. */
    String shown() {
        String s = text();
        return s.length() > LONGEST ? s.substring(0, LONGEST) + "..." : s;
    }

    private String text() {
        if (value == null) return "nothing";
        if (value instanceof String s) return '"' + (s.length() > 60 ? s.substring(0, 60) + "..." : s) + '"';
        if (value instanceof List<?> list) {
            String s = String.join(
                    ", ", items().stream().limit(8).map(Located::text).toList());
            return "[" + s + (list.size() > 8 ? ", ..." : "") + "]";
        }
        if (value instanceof Map<?, ?> map) {
            List<String> entries = new ArrayList<>();
            entries().forEach((key, v) -> {
                if (entries.size() < 8) entries.add(key + ": " + v.text());
            });
            return "{" + String.join(", ", entries) + (map.size() > 8 ? ", ..." : "") + "}";
        }
        return String.valueOf(value);
    }
}
