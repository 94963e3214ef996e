package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvolveCommandTest {
    private static Outcome convolve(String... more) {
        List<String> arguments = new ArrayList<>(List.of("convolve", "--backend", "reference"));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    private static String outputOf(String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.add("--json");
        JsonNode last = convolve(arguments.toArray(String[]::new)).succeeded().lastJson();
        assertTrue(last.get("same").asBoolean(), last.toString());
        return last.get("output").toString().replace(".0", "");
    }

    @Test
    void theExampleIsWorkedOutInFull() {
        String text = convolve().succeeded().out();
        String second = """
                output[0,1]: rows 0, 1, 2 and columns 1, 2, 3 of the input
                  1 1 0     0 1 0     0 1 0
                  0 1 1  *  1 0 1  =  0 0 1
                  1 0 1     0 1 0     0 0 0
                  1*0 + 1*1 + 0*0 + 0*1 + 1*0 + 1*1 + 1*0 + 0*1 + 1*0 = 2
                """;
        assertTrue(text.contains(second), text);
        assertTrue(text.contains("rows:    (5 + 0 + 0 - 1 * (3 - 1) - 1) / 1 + 1 = 3"), text);
        assertTrue(text.contains("output 3x3\n  3 2 2\n  1 3 2\n  2 1 2\n"), text);
        assertEquals("[[3,2,2],[1,3,2],[2,1,2]]", outputOf());
    }

    @Test
    void theBestBackendComputesTheSame() {
        Outcome o = Outcome.of("convolve", "--json", "--padding", "same").succeeded();
        assertEquals(26, o.json().size());
        assertTrue(o.lastJson().get("same").asBoolean());
    }

    @Test
    void strideDilationAndPaddingCount() {
        // 1 2 3 4 5: taps two apart, every second window, one number of the border on each side.
        String[] line = {"--input", "1 2 3 4 5", "--filter", "1 10", "--dilation", "1x2", "--stride", "1x2"};
        assertEquals("[[31,53]]", outputOf(line));
        assertEquals("[[20,42,4]]", outputOf(with(line, "--padding", "0x1")));
        assertEquals("[[27,42,74]]", outputOf(with(line, "--padding", "0x1", "--padding-value", "7")));
        assertEquals("[[22,42,44]]", outputOf(with(line, "--padding", "0x1", "--padding-mode", "reflect")));
        assertEquals("[[21,42,54]]", outputOf(with(line, "--padding", "0x1", "--padding-mode", "replicate")));
        assertEquals("[[25,42,14]]", outputOf(with(line, "--padding", "0x1", "--padding-mode", "circular")));
    }

    private static String[] with(String[] first, String... more) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void theBorderStandsInParentheses() {
        String text = convolve("--padding", "same", "--padding-value", "9", "--steps", "1")
                .succeeded()
                .out();
        assertTrue(text.contains("rows -1, 0, 1 and columns -1, 0, 1"), text);
        assertTrue(text.contains("(9) (9) (9)     0 1 0     0 9 0\n"), text);
        assertTrue(text.contains("24 more positions"), text);
    }

    @Test
    void channelsAreSummedAndBiasIsAdded() {
        // 1*1 + 4*1, then 6*1 + 7*1, then 0.5
        assertEquals(
                "[[18.5]]",
                outputOf(
                        "--input",
                        "1 2; 3 4",
                        "--input",
                        "[[5,6],[7,8]]",
                        "--filter",
                        "1 0; 0 1",
                        "--filter",
                        "0 1;1 0",
                        "--bias",
                        "0.5"));
    }

    @Test
    void theFilterIsMirroredOnlyWhenAsked() {
        assertEquals("[[321]]", outputOf("--input", "1 2 3", "--filter", "1 10 100"));
        assertEquals("[[123]]", outputOf("--input", "1 2 3", "--filter", "1 10 100", "--flip"));
    }

    @Test
    void whatCannotBeIsOneSentence() {
        convolve("--input", "1 2; 3").failed(ExitCode.USAGE, "row 1 has 2", "row 2 has 1");
        convolve("--input", "1 two").failed(ExitCode.USAGE, "'two'", "not a number");
        convolve("--input", "1 1/0").failed(ExitCode.USAGE, "'1/0'");
        convolve("--input", "").failed(ExitCode.USAGE, "not a matrix");
        convolve("--filter", "sobelx").failed(ExitCode.USAGE, "did you mean sobel_x");
        convolve("--input", "1 2").failed(ExitCode.USAGE, "covers 3 elements", "smaller kernel");
        convolve("--input", "1", "--input", "2").failed(ExitCode.USAGE, "2 channels", "the filter 1");
        convolve("--stride", "0").failed(ExitCode.USAGE, "--stride", "'0'");
        convolve("--padding", "wide").failed(ExitCode.USAGE, "--padding", "wide", "same");
        convolve("--padding", "9", "--padding-mode", "reflect").failed(ExitCode.USAGE, "reflect padding", "at most 4");
        convolve("--padding-mode", "circular", "--padding-value", "1").failed(ExitCode.USAGE, "--padding-value");
        convolve("--steps", "-1").failed(ExitCode.USAGE, "--steps is -1");
        convolve("--padding", "1000").failed(ExitCode.USAGE, "2003x2003");
    }
}
