// The one-dimensional transforms of F(2,3) and F(4,3) and their adjoints; two of them make F(MxM, 3x3). Included once per
// instruction set, within its namespace.

/** Names as in the paper: d data, g weights, y results; A = M + 2 points. */
template <int M> struct Transform;

template <> struct Transform<2> {
    /** B^T d. */
    VOLUTA_INLINE void input(const Vec* d, Vec* t) {
        t[0] = d[0] - d[2];
        t[1] = d[1] + d[2];
        t[2] = d[2] - d[1];
        t[3] = d[1] - d[3];
    }
    /** A^T m. */
    VOLUTA_INLINE void output(const Vec* m, Vec* y) {
        y[0] = m[0] + m[1] + m[2];
        y[1] = m[1] - m[2] - m[3];
    }
    /** A y. */
    VOLUTA_INLINE void outputAdjoint(const Vec* y, Vec* m) {
        m[0] = y[0];
        m[1] = y[0] + y[1];
        m[2] = y[0] - y[1];
        m[3] = -y[1];
    }
    /** G g. */
    VOLUTA_INLINE void weights(const Vec* g, Vec* u) {
        Vec e = all(.5f) * (g[0] + g[2]), o = all(.5f) * g[1];
        u[0] = g[0];
        u[1] = e + o;
        u[2] = e - o;
        u[3] = g[2];
    }
    /** G^T u. */
    VOLUTA_INLINE void weightsAdjoint(const Vec* u, Vec* g) {
        Vec e = all(.5f) * (u[1] + u[2]);
        g[0] = u[0] + e;
        g[1] = all(.5f) * (u[1] - u[2]);
        g[2] = u[3] + e;
    }
};

template <> struct Transform<4> {
    // the points 0, +-P, +-Q, infinity; everything derived is exact in f32, up to the scales of the weights
    static constexpr float P = .75f, Q = 1.5f, P2 = P * P, Q2 = Q * Q, P3 = P2 * P, Q3 = Q2 * Q;
    static constexpr float ZERO = 1 / (P2 * Q2), SCALE_P = 1 / (2 * P2 * (P2 - Q2)), SCALE_Q = 1 / (2 * Q2 * (Q2 - P2));

    VOLUTA_INLINE void input(const Vec* d, Vec* t) {
        t[0] = fma(all(P2 * Q2), d[0], fma(all(-(P2 + Q2)), d[2], d[4]));
        Vec e = fma(all(-Q2), d[2], d[4]), o = all(P) * fma(all(-Q2), d[1], d[3]);
        t[1] = e + o;
        t[2] = e - o;
        e = fma(all(-P2), d[2], d[4]), o = all(Q) * fma(all(-P2), d[1], d[3]);
        t[3] = e + o;
        t[4] = e - o;
        t[5] = fma(all(P2 * Q2), d[1], fma(all(-(P2 + Q2)), d[3], d[5]));
    }
    VOLUTA_INLINE void output(const Vec* m, Vec* y) {
        Vec a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
        y[0] = m[0] + a + c;
        y[1] = fma(all(P), b, all(Q) * d);
        y[2] = fma(all(P2), a, all(Q2) * c);
        y[3] = fma(all(P3), b, fma(all(Q3), d, m[5]));
    }
    VOLUTA_INLINE void outputAdjoint(const Vec* y, Vec* m) {
        Vec e = fma(all(P2), y[2], y[0]), o = all(P) * fma(all(P2), y[3], y[1]);
        m[0] = y[0];
        m[1] = e + o;
        m[2] = e - o;
        e = fma(all(Q2), y[2], y[0]), o = all(Q) * fma(all(Q2), y[3], y[1]);
        m[3] = e + o;
        m[4] = e - o;
        m[5] = y[3];
    }
    VOLUTA_INLINE void weights(const Vec* g, Vec* u) {
        u[0] = all(ZERO) * g[0];
        Vec e = all(SCALE_P) * fma(all(P2), g[2], g[0]), o = all(SCALE_P * P) * g[1];
        u[1] = e + o;
        u[2] = e - o;
        e = all(SCALE_Q) * fma(all(Q2), g[2], g[0]), o = all(SCALE_Q * Q) * g[1];
        u[3] = e + o;
        u[4] = e - o;
        u[5] = g[2];
    }
    VOLUTA_INLINE void weightsAdjoint(const Vec* u, Vec* g) {
        Vec a = all(SCALE_P) * (u[1] + u[2]), b = all(SCALE_P * P) * (u[1] - u[2]);
        Vec c = all(SCALE_Q) * (u[3] + u[4]), d = all(SCALE_Q * Q) * (u[3] - u[4]);
        g[0] = fma(all(ZERO), u[0], a + c);
        g[1] = b + d;
        g[2] = fma(all(P2), a, fma(all(Q2), c, u[5]));
    }
};
