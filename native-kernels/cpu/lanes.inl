// Shares of threads, and vectors of which the last may be a part. Included once per instruction set, within its namespace.

/** Where part i of n things begins when they are shared among `parts`. */
VOLUTA_INLINE int share(int n, int i, int parts) { return static_cast<int>(static_cast<long long>(n) * i / parts); }
VOLUTA_INLINE int roundUp(int n, int to) { return (n + to - 1) / to * to; }

/** Zero or more whole vectors, then perhaps a part of one: calls body(first, lanes) for channels [from, to). */
template <class Body> VOLUTA_INLINE void forEachVector(int from, int to, const Body& body) {
    int c = from;
    for (; c + LANES <= to; c += LANES) body(c, LANES);
    if (c < to) body(c, to - c);
}
template <class E> VOLUTA_INLINE Vec loadLanes(const E* p, int lanes) { return lanes == LANES ? load(p) : loadPart(p, lanes); }
template <class E> VOLUTA_INLINE void storeLanes(E* p, Vec v, int lanes) {
    if (lanes == LANES) store(p, v);
    else storePart(p, v, lanes);
}
