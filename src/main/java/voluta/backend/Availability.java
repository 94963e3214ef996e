package voluta.backend;

/** Whether a backend can work on this machine. */
public sealed interface Availability {
    /** It can; {@code device} is one line such as "oneDNN 3.11, 2 threads, avx512_core_bf16". */
    record Available(String device) implements Availability {}

    /** It cannot; {@code remedy} is a sentence that says what to install or change. */
    record Unavailable(String reason, String remedy) implements Availability {}
}
