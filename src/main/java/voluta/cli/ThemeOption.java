package voluta.cli;

import picocli.CommandLine.Option;
import voluta.explain.Theme;

/** The option that chooses the colours of pictures. */
final class ThemeOption {
    @Option(names = "--theme", paramLabel = "THEME", description = "light or dark. Default: light.")
    private Theme theme;

    Theme theme() {
        return given() ? theme : Theme.LIGHT;
    }

    boolean given() {
        return theme != null;
    }
}
