/**
 * The oracle: every op in plain Java, computed in double, parallel over the batch. Correct on every platform, and what
 * runs where no native library does.
 *
 * <p>A value of any type is kept as doubles in one array per region ({@link voluta.backend.reference.View}), so that
 * central differences and comparisons are not disturbed by f32 rounding. One file per op, written to be read: the
 * textbook's loops, no blocking, no tricks. Each op's class registers its kernels in {@link
 * voluta.backend.reference.ReferenceTable}.
 *
 * <p>May use: backend, op. It sees no other backend. Refused: in-place offers and fused algorithms, which would make the
 * oracle something to be tested itself.
 */
package voluta.backend.reference;
