package voluta.backend.reference;

import voluta.op.AdaptivePooling;

/** Pooling to a given size: pooling with windows of its own. */
final class AdaptivePoolingReference {
    private AdaptivePoolingReference() {}

    static void register(ReferenceTable table) {
        table.add(AdaptivePooling.class, (op, n) -> PoolingReference.of(op, n).forward());
        table.add(
                AdaptivePooling.Backward.class,
                (op, n) -> PoolingReference.of(op.forward(), n).backward());
    }
}
