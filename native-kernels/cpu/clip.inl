// Activations that are a line between two limits. Included once per instruction set, within its namespace.

/** Of bf16 without a line: as whole numbers, which are in the same order where they are not negative. */
VOLUTA_INLINE void clipWhole(const Bf16* x, Bf16* y, int n, int16_t low, int16_t high) {
    constexpr int16_t MAGNITUDE = 0x7fff, INFINITE = 0x7f80;
#pragma GCC ivdep
    for (int i = 0; i < n; i++) { // y may be x, and nothing else of it
        int16_t v = static_cast<int16_t>(x[i].bits), limited = v < low ? low : v > high ? high : v;
        y[i].bits = static_cast<uint16_t>((v & MAGNITUDE) > INFINITE ? v : limited);
    }
}
VOLUTA_INLINE void clipWhole(const float*, float*, int, int16_t, int16_t) {}

template <class E> static void clipAll(const Clip& k) {
    constexpr long long CHUNK = 2048, LEAST = 16 * CHUNK; // fewer are not worth waking threads
    const E* x = static_cast<const E*>(k.x);
    E* y = static_cast<E*>(k.y);
    const bool whole = std::is_same<E, Bf16>::value && k.scale == 1 && k.shift == 0 && k.low == 0;
    Bf16 highest;
    storePart(&highest, all(k.high), 1);
    const long long chunks = (k.n + CHUNK - 1) / CHUNK;
#pragma omp parallel num_threads(k.n < LEAST ? 1 : k.threads)
    {
        long long id = omp_get_thread_num(), threads = omp_get_num_threads();
        long long from = chunks * id / threads * CHUNK, to = chunks * (id + 1) / threads * CHUNK;
        if (to > k.n) to = k.n;
        Vec scale = all(k.scale), shift = all(k.shift), low = all(k.low), high = all(k.high);
        for (; from < to; from += CHUNK) {
            int n = static_cast<int>(to - from < CHUNK ? to - from : CHUNK);
            if (whole) clipWhole(x + from, y + from, n, 0, static_cast<int16_t>(highest.bits));
            else forEachVector(0, n, [&](int i, int lanes) VOLUTA_LAMBDA {
                Vec v = fma(loadLanes(x + from + i, lanes), scale, shift);
                storeLanes(y + from + i, smaller(high, larger(low, v)), lanes); // in this order NaN stays NaN
            });
        }
    }
}

static void clip(const Clip& k) { k.flags & BF16 ? clipAll<Bf16>(k) : clipAll<float>(k); }
