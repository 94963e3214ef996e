package voluta.backend;

import java.util.List;

/** A whole step, bound to memory: copies from the host, then kernels in order. */
public record Program(List<Feed> feeds, List<Step> steps) {}
