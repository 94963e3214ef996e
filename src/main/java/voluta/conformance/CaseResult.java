package voluta.conformance;

/**
 * How one case went on one backend.
 *
 * @param error the worst error of any output, relative to the largest expected value of that output
 * @param tolerance what is allowed
 * @param failure empty if it passed; otherwise a sentence
 */
public record CaseResult(String op, String name, String precision, double error, double tolerance, String failure) {
    public boolean passed() {
        return failure.isEmpty();
    }
}
