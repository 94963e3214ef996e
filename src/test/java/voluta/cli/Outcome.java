package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** What one run of the program left behind. */
record Outcome(int code, String out, String err) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Runs a command in this process. */
    static Outcome of(String... arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }

    /** Every line of standard output as JSON; fails if one is something else. */
    List<JsonNode> json() {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.lines().toList()) {
            try {
                lines.add(JSON.readTree(line));
            } catch (JsonProcessingException e) {
                throw new AssertionError("no JSON: " + line, e);
            }
        }
        return lines;
    }

    JsonNode lastJson() {
        List<JsonNode> lines = json();
        return lines.get(lines.size() - 1);
    }

    Outcome succeeded() {
        assertEquals(0, code, err);
        return this;
    }

    /** Asserts an error as it should be: this code, these words in its one sentence, nothing printed, no stack trace. */
    Outcome failed(int expected, String... words) {
        assertEquals(expected, code, out + err);
        assertEquals("", out);
        String sentence = err.lines()
                .filter(l -> l.startsWith("voluta"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no error message in: " + err));
        for (String word : words) assertTrue(err.contains(word), "'" + word + "' expected in: " + err);
        assertFalse(sentence.contains("internal error"), sentence);
        assertFalse(err.contains("\tat "), "a stack trace: " + err);
        assertFalse(err.contains("Exception"), "the name of a class: " + err);
        return this;
    }
}
