package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Lines that are drawn over, on a terminal that a few lines of this test imitate. */
class TerminalTest {
    private final StringWriter sent = new StringWriter();
    private final PrintWriter out = new PrintWriter(sent);
    private final Terminal terminal = new Terminal(out);

    /** What a terminal shows that was sent this. */
    static List<String> screen(String sent) {
        Pattern sequence = Pattern.compile("\u001b\\[(\\??[0-9]*)([A-Za-z])");
        List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
        int row = 0, column = 0;
        for (int i = 0; i < sent.length(); i++) {
            char c = sent.charAt(i);
            Matcher m = sequence.matcher(sent).region(i, sent.length());
            if (c == '\u001b' && m.lookingAt()) {
                String number = m.group(1);
                switch (m.group(2)) {
                    case "A" -> row -= Integer.parseInt(number);
                    case "K" ->
                        rows.get(row).setLength(Math.min(column, rows.get(row).length()));
                    case "J" -> {
                        rows.get(row).setLength(Math.min(column, rows.get(row).length()));
                        while (rows.size() > row + 1) rows.remove(rows.size() - 1);
                    }
                    case "m", "h", "l" -> {}
                    default -> throw new AssertionError("unknown sequence " + m.group());
                }
                i = m.end() - 1;
            } else if (c == '\r') {
                column = 0;
            } else if (c == '\n') {
                // As a terminal's driver does it: with a carriage return.
                column = 0;
                if (++row == rows.size()) rows.add(new StringBuilder());
            } else {
                StringBuilder line = rows.get(row);
                while (line.length() <= column) line.append(' ');
                line.setCharAt(column++, c);
            }
        }
        return rows.stream().map(StringBuilder::toString).toList();
    }

    @Test
    void drawsOverWhatItDrew() {
        terminal.draw(List.of("first", "second", "third"));
        terminal.draw(List.of("1st", "2nd"));
        assertEquals(List.of("1st", "2nd"), screen(sent.toString()));
    }

    @Test
    void whatIsPrintedBetweenStaysAbove() {
        terminal.draw(List.of("loss 2", "speed 7"));
        terminal.erase();
        out.println("epoch 1");
        terminal.draw(List.of("loss 1", "speed 8"));
        terminal.erase();
        out.println("done");
        assertEquals(List.of("epoch 1", "done", ""), screen(sent.toString()));
    }

    @Test
    void erasesOnlyWhatItDrew() {
        terminal.erase();
        assertEquals("", sent.toString());
    }

    @Test
    void dumbTerminalsAndPipesAreNone() {
        assertFalse(Terminal.onError(Map.of("TERM", "dumb")));
        assertFalse(Terminal.onError(Map.of("TERM", "")));
        assertFalse(Terminal.onError(Map.of()));
    }

    @Test
    void coloursAreLeftOutWhereTheUserWantsNone() {
        assertFalse(Terminal.view(Map.of("TERM", "xterm", "NO_COLOR", "1")).colour());
        assertTrue(Terminal.view(Map.of("TERM", "xterm", "NO_COLOR", "")).colour());
        assertFalse(Terminal.view(Map.of("TERM", "linux")).unicode());
    }
}
