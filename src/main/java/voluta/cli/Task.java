package voluta.cli;

import java.util.Locale;

/** What a network's graph is for. */
enum Task {
    TRAIN,
    INFER;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
