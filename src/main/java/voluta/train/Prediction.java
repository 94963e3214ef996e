package voluta.train;

import java.util.ArrayList;
import java.util.List;

/**
 * What a network says about one picture.
 *
 * @param guesses all classes, the most probable first
 */
public record Prediction(List<Guess> guesses) {
    /**
     * One class.
     *
     * @param label its index
     * @param className its name
     * @param probability 0 to 1; those of all classes add up to 1
     */
    public record Guess(int label, String className, double probability) {}

    public Prediction {
        guesses = List.copyOf(guesses);
    }

    /** What these probabilities say, one for each class. */
    public static Prediction of(double[] probabilities, List<String> classNames) {
        List<Guess> guesses = new ArrayList<>();
        for (int c : Probabilities.order(probabilities)) {
            guesses.add(new Guess(c, classNames.get(c), probabilities[c]));
        }
        return new Prediction(guesses);
    }

    /** The most probable class. */
    public Guess best() {
        return guesses.get(0);
    }

    /** The name of the most probable class. */
    public String className() {
        return best().className();
    }

    /** How probable that is. */
    public double probability() {
        return best().probability();
    }
}
