package voluta.plan;

/**
 * Where a value lies.
 *
 * @param region in which region
 * @param shared the name of the session's parameter or state if the region is SHARED; null otherwise
 * @param offset bytes from the region's beginning
 * @param bytes how many
 */
public record Placement(RegionKind region, String shared, long offset, long bytes) {
    @Override
    public String toString() {
        return region.name().toLowerCase(java.util.Locale.ROOT) + "+" + offset;
    }
}
