package voluta.backend;

/** Whether a backend can compute a node; a refusal carries its reason. */
public sealed interface Support {
    Support YES = new Yes();

    /** It can. */
    record Yes() implements Support {}

    /** It cannot; {@code reason} is a clause such as "only float inputs". */
    record No(String reason) implements Support {}

    static Support no(String reason) {
        return new No(reason);
    }

    default boolean yes() {
        return this instanceof Yes;
    }
}
