package voluta.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * What {@code scripts/torture.sh --fuzz} runs: a target for Jazzer, named by the property {@code voluta.fuzz.target}; and, as
 * a program, the inputs to begin with, or inputs by mutation alone.
 */
public final class Fuzz {
    private static FuzzTarget target;
    private static Path folder;

    private Fuzz() {}

    /** Called by Jazzer once. */
    public static void fuzzerInitialize() throws IOException {
        target = FuzzTarget.valueOf(System.getProperty("voluta.fuzz.target"));
        folder = Files.createTempDirectory("fuzz");
    }

    /** Called by Jazzer for each input; what is thrown is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        target.read(input, folder);
    }

    /**
     * {@code targets} prints their names; {@code seeds FOLDER} writes what each begins with into a folder of its own; {@code
     * mutate TARGET SECONDS SEED} reads damaged inputs for so long and prints how many.
     */
    public static void main(String[] words) throws IOException {
        switch (words[0]) {
            case "targets" -> {
                for (FuzzTarget t : FuzzTarget.values()) System.out.println(t);
            }
            case "seeds" -> {
                for (FuzzTarget t : FuzzTarget.values())
                    seeds(t, Path.of(words[1]).resolve(t.name()));
            }
            case "mutate" -> mutate(FuzzTarget.valueOf(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private static void seeds(FuzzTarget target, Path folder) throws IOException {
        Files.createDirectories(folder);
        List<byte[]> seeds = target.seeds();
        for (int i = 0; i < seeds.size(); i++) Files.write(folder.resolve("seed-" + i), seeds.get(i));
    }

    private static void mutate(FuzzTarget target, long seconds, long seed) throws IOException {
        Mutator mutator = new Mutator(target.seeds(), new Random(seed));
        Path folder = Files.createTempDirectory("fuzz");
        long end = System.nanoTime() + seconds * 1_000_000_000, inputs = 0, refused = 0;
        while (System.nanoTime() < end) {
            byte[] input = mutator.next();
            try {
                if (!target.read(input, folder)) refused++;
            } catch (RuntimeException | Error e) {
                Path finding = Files.write(Path.of("finding-" + target + "-" + inputs), input);
                throw new AssertionError(target + " fails on " + finding.toAbsolutePath(), e);
            }
            inputs++;
        }
        System.out.printf("%s %d inputs, %d refused, 0 uncaught%n", target, inputs, refused);
    }
}
