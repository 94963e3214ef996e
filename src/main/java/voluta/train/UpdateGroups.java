package voluta.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import voluta.graph.Value;
import voluta.optim.Grouping;
import voluta.optim.Grouping.Setting;

/**
 * How the parameters of a network are trained, each of them: not at all ({@code freeze}), with a rate and a decay of its
 * group ({@code param-group}), with a rate by its depth ({@code layer-decay}); of group and depth the factors are
 * multiplied.
 *
 * <p>Depth counts what a description lists, each repetition of a block for itself; what has no weights of two or more
 * dimensions, such as a normalization, counts with what comes before it. The deepest has the factor 1.
 */
final class UpdateGroups {
    /** The first name of a path, with the number behind it where a block is repeated. */
    private static final Pattern LISTED = Pattern.compile("[^/]+(?:/[0-9]+(?=/|$))?");

    /** What a group adds up to, for the sentence about it. */
    private static final class Total {
        final LayerGroups.Group group;
        long numbers;

        Total(LayerGroups.Group group) {
            this.group = group;
        }
    }

    private final Map<String, Setting> settings = new LinkedHashMap<>();
    private final List<String> words = new ArrayList<>();
    private long trained;

    /**
     * @param parameters of the network, in order
     * @throws TrainingException if a name is that of no layer, or a group has nothing to train
     */
    UpdateGroups(TrainingConfig c, List<Value> parameters) {
        List<String> names = parameters.stream().map(Value::name).toList();
        Optional<LayerPatterns> kept = c.freeze().map(text -> new LayerPatterns("freeze", text));
        kept.ifPresent(k -> k.check(names));
        Predicate<String> frozen = kept.isPresent() ? kept.get() : path -> false;
        List<LayerGroups.Group> groups = c.paramGroup().map(LayerGroups::groups).orElse(List.of());
        groups.forEach(g -> g.patterns().check(names));
        Map<String, Integer> depths = c.layerDecay().isPresent() ? depths(parameters) : Map.of();
        int deepest = depths.values().stream().mapToInt(d -> d).max().orElse(0);
        List<Total> totals = new ArrayList<>(groups.stream().map(Total::new).toList());
        totals.add(new Total(null));
        for (Value p : parameters) {
            if (frozen.test(p.name())) continue;
            int g = 0;
            while (g < groups.size() && !groups.get(g).patterns().test(p.name())) g++;
            totals.get(g).numbers += p.type().elements();
            trained += p.type().elements();
            Optional<Integer> depth = Optional.ofNullable(depths.get(listed(p.name())));
            double factor = depth.map(d -> Math.pow(c.layerDecay().orElseThrow(), deepest - d))
                    .orElse(1.0);
            settings.put(p.name(), setting(g, totals.get(g).group, depth, factor));
        }
        for (int g = 0; g < groups.size(); g++) {
            if (totals.get(g).numbers > 0) continue;
            throw new TrainingException(LayerGroups.OPTION + " " + groups.get(g)
                    + " has nothing left to train: its layers are frozen or in a group before it; leave it out, or put"
                    + " it first");
        }
        if (!groups.isEmpty())
            words.add(words(totals, UpdateSettings.optimizer(c).weightDecay()));
        c.layerDecay().ifPresent(d -> words.add(words(d, depths, deepest)));
        long all = parameters.stream().mapToLong(p -> p.type().elements()).sum();
        if (kept.isPresent()) words.add(String.format(Locale.ROOT, "%,d parameters are frozen", all - trained));
    }

    private static String listed(String parameter) {
        Matcher m = LISTED.matcher(LayerPatterns.layer(parameter));
        return m.lookingAt() ? m.group() : parameter;
    }

    /** The depth of each listed layer, from 1. */
    private static Map<String, Integer> depths(List<Value> parameters) {
        Set<String> all = new LinkedHashSet<>(), heavy = new LinkedHashSet<>();
        for (Value p : parameters) {
            all.add(listed(p.name()));
            if (p.type().rank() > 1) heavy.add(listed(p.name()));
        }
        Map<String, Integer> depths = new LinkedHashMap<>();
        int depth = 0;
        for (String name : all) {
            if (heavy.contains(name)) depth++;
            // What comes before the first weights goes with them.
            depths.put(name, Math.max(1, depth));
        }
        return depths;
    }

    private static Setting setting(int index, LayerGroups.Group group, Optional<Integer> depth, double factor) {
        List<String> name = new ArrayList<>();
        if (group != null) name.add("group" + (index + 1));
        depth.ifPresent(d -> name.add("depth" + d));
        return new Setting(
                String.join("/", name),
                (group == null ? 1 : group.lr()) * factor,
                group == null ? OptionalDouble.empty() : group.weightDecay());
    }

    private static String words(List<Total> totals, double weightDecay) {
        List<String> words = new ArrayList<>();
        for (Total t : totals) {
            if (t.numbers == 0) continue;
            words.add(String.format(
                    Locale.ROOT,
                    "%s (%,d parameters) lr x %s, weight decay %s",
                    t.group == null ? "the rest" : t.group.layers(),
                    t.numbers,
                    LayerGroups.number(t.group == null ? 1 : t.group.lr()),
                    LayerGroups.number(
                            t.group == null
                                    ? weightDecay
                                    : t.group.weightDecay().orElse(weightDecay))));
        }
        return "parameter groups: " + String.join("; ", words);
    }

    private static String words(double decay, Map<String, Integer> depths, int deepest) {
        List<String> names = List.copyOf(depths.keySet());
        return String.format(
                Locale.ROOT,
                "layer decay %s: lr x %.3g at %s to 1 at %s, in %d steps",
                LayerGroups.number(decay),
                Math.pow(decay, deepest - 1),
                names.get(0),
                names.get(names.size() - 1),
                deepest);
    }

    /** For the update step. */
    Grouping grouping() {
        return new Grouping(false, name -> settings.getOrDefault(name, Setting.USUAL));
    }

    /** How many numbers are trained. */
    long trained() {
        return trained;
    }

    /** What is trained how, in a sentence; none if all is trained alike. */
    Optional<String> sentence() {
        boolean alike = words.isEmpty();
        return alike ? Optional.empty() : Optional.of(String.join("; ", words));
    }
}
