package voluta.session;

/**
 * The first value of a step that holds NaN or infinity.
 *
 * @param path the node that computed it, or the input, parameter or state that already held it
 * @param source where the user wrote that node; null if nowhere
 * @param what "is the first layer that gives NaN", "already holds infinity before the step", ...
 */
public record NonFinite(String path, String source, String what) {
    @Override
    public String toString() {
        return path + (source == null ? "" : " (" + source + ")") + " " + what;
    }
}
