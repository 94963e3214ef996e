package voluta.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How good a checkpoint is on a data set. */
public final class Validation {
    private final Evaluation evaluation;
    private final List<String> classNames;
    private final long[][] confusion;

    Validation(Evaluation evaluation, List<String> classNames, long[][] confusion) {
        this.evaluation = evaluation;
        this.classNames = List.copyOf(classNames);
        this.confusion = confusion;
    }

    /**
     * One class.
     *
     * @param className its name
     * @param images how many images of it there are
     * @param accuracy the share of them that was recognised; NaN if there are none
     */
    public record ClassAccuracy(String className, long images, double accuracy) {}

    /** Loss and accuracies over all images. */
    public Evaluation evaluation() {
        return evaluation;
    }

    /** The share of images whose first guess is right. */
    public double top1() {
        return evaluation.top1();
    }

    /** The accuracy of each class, in the order of the labels. */
    public List<ClassAccuracy> classes() {
        List<ClassAccuracy> classes = new ArrayList<>();
        for (int c = 0; c < confusion.length; c++) {
            long images = Arrays.stream(confusion[c]).sum();
            classes.add(new ClassAccuracy(classNames.get(c), images, (double) confusion[c][c] / images));
        }
        return classes;
    }

    /** How many images of class {@code actual} were taken for class {@code predicted}. */
    public long count(int actual, int predicted) {
        return confusion[actual][predicted];
    }

    @Override
    public String toString() {
        return evaluation.toString();
    }
}
