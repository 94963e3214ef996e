// Pooling kernels against loops over the taps of every window.
#include "testing.h"

#include "pooling.cu"

namespace testing {
namespace {

using voluta::PoolingGeometry;
using voluta::Readers;
using voluta::Window;

/** Windows along one dimension: regular ones with a stride and a dilation, or those of adaptive pooling. */
struct Axis {
    int size = 1, windows = 1, stride = 1, dilation = 1, kernel = 1, before = 0;
    bool adaptive = false;

    std::vector<int> positions(int o) const {
        std::vector<int> all;
        if (adaptive)
            for (int i = o * size / windows; i < ((o + 1) * size + windows - 1) / windows; i++) all.push_back(i);
        else
            for (int t = 0; t < kernel; t++)
                if (int i = o * stride - before + t * dilation; i >= 0 && i < size) all.push_back(i);
        return all;
    }

    std::vector<Window> table() const {
        std::vector<Window> all;
        for (int o = 0; o < windows; o++) {
            auto p = positions(o);
            all.push_back({p[0], static_cast<int>(p.size()), adaptive ? static_cast<int>(p.size()) : kernel, 0});
        }
        return all;
    }

    std::vector<Readers> readers() const {
        std::vector<Readers> all(size, {0, -1});
        for (int o = 0; o < windows; o++) {
            auto p = positions(o);
            for (int i = p.front(); i <= p.back(); i++) {
                if (all[i].last < 0) all[i].first = o;
                all[i].last = o;
            }
        }
        return all;
    }
};

template <class T> struct Pool {
    Axis axis[3];
    long long outer, inner;
    bool large;
    std::vector<Window> windows[3];
    std::vector<Readers> readers[3];
    PoolingGeometry g{};
    long long nx, ny;

    Pool(const Axis (&a)[3], long long outer, long long inner, bool large) : outer(outer), inner(inner), large(large) {
        nx = ny = outer * inner;
        for (int d = 0; d < 3; d++) {
            axis[d] = a[d];
            windows[d] = a[d].table();
            readers[d] = a[d].readers();
            g.x[d] = a[d].size;
            g.y[d] = a[d].windows;
            g.dilation[d] = a[d].dilation;
            g.windows[d] = windows[d].data();
            g.readers[d] = readers[d].data();
            nx *= g.x[d];
            ny *= g.y[d];
        }
    }

    /** Calls body(y's index, tap's number, x's index, divisor). */
    template <class Body> void forEach(const Body& body) const {
        for (long long i = 0; i < ny; i++) {
            long long rest = i / inner, o2 = rest % g.y[2], o1 = rest / g.y[2] % g.y[1], o0 = rest / g.y[2] / g.y[1] % g.y[0];
            long long n = rest / (g.y[0] * g.y[1] * g.y[2]);
            int t = 0, divisor = windows[0][o0].counted * windows[1][o1].counted * windows[2][o2].counted;
            for (int a : axis[0].positions(static_cast<int>(o0)))
                for (int b : axis[1].positions(static_cast<int>(o1)))
                    for (int c : axis[2].positions(static_cast<int>(o2)))
                        body(i, t++, (((n * g.x[0] + a) * g.x[1] + b) * g.x[2] + c) * inner + i % inner, divisor);
        }
    }

    template <class Winner> void max(const Memory<T>& x, const Memory<T>& dy) const {
        Memory<T> y(ny), dx(nx);
        Memory<Winner> winners(ny);
        std::vector<double> best(ny, -INFINITY), gradient(nx);
        std::vector<long long> who(ny, -1), from(ny);
        forEach([&](long long o, int t, long long i, int) {
            double v = x.at(i);
            if (who[o] >= 0 && !(v > best[o]) && !std::isnan(v)) return;
            best[o] = v;
            who[o] = t;
            from[o] = i;
        });
        for (long long o = 0; o < ny; o++) gradient[from[o]] += dy.at(o);
        if constexpr (sizeof(Winner) == 1) {
            LAUNCH(2, 64, pooling_max, x.data(), y.data(), winners.data(), ny, inner, g);
            LAUNCH(3, 64, pooling_max_backward, dy.data(), winners.data(), dx.data(), nx, inner, g);
        } else {
            LAUNCH(2, dim3(32, 8), pooling_max_large, x.data(), y.data(), winners.data(), ny, inner, g);
            LAUNCH(3, 64, pooling_max_large_backward, dy.data(), winners.data(), dx.data(), nx, inner, g);
        }
        compare("maximum", y, 0, [&](long long o) { return best[o]; });
        compare("winner", winners, 0, [&](long long o) { return static_cast<double>(who[o]); });
        compare("dx of maximum", dx, 1e-5, [&](long long i) { return gradient[i]; });
        Memory<T> alone(ny);
        Winner* none = nullptr;
        if constexpr (sizeof(Winner) == 1) LAUNCH(1, 32, pooling_max, x.data(), alone.data(), none, ny, inner, g);
        else LAUNCH(1, dim3(32, 8), pooling_max_large, x.data(), alone.data(), none, ny, inner, g);
        compare("maximum without winners", alone, 0, [&](long long o) { return best[o]; });
    }

    void average(const Memory<T>& x, const Memory<T>& dy) const {
        Memory<T> y(ny), dx(nx);
        std::vector<double> mean(ny), gradient(nx);
        forEach([&](long long o, int, long long i, int divisor) {
            mean[o] += x.at(i) / divisor;
            gradient[i] += dy.at(o) / divisor;
        });
        if (large) LAUNCH(2, dim3(32, 8), pooling_average_large, x.data(), y.data(), ny, inner, g);
        else LAUNCH(2, 64, pooling_average, x.data(), y.data(), ny, inner, g);
        LAUNCH(3, 64, pooling_average_backward, dy.data(), dx.data(), nx, inner, g);
        compare("mean", y, 1e-5, [&](long long o) { return mean[o]; });
        compare("dx of mean", dx, 1e-5, [&](long long i) { return gradient[i]; });
    }
};

template <class T> void pool(const std::string& name, const Axis (&axes)[3], long long outer, long long inner, bool large) {
    test(text("pooling, " + name + " " + typeName<T>(), {outer, inner, large}), [&] {
        Pool<T> p(axes, outer, inner, large);
        Memory<T> x(p.nx), dy(p.ny);
        x.random(1);
        dy.random(2);
        for (long long i = 0; i < p.nx; i += 3) x.set(i, 2); // ties
        for (long long i = 0; i < p.nx; i += 7) x.set(i, NAN);
        for (long long i = 0; i < std::min<long long>(p.nx, 2 * inner); i++) x.set(i, -INFINITY);
        if (large) p.template max<int>(x, dy);
        else p.template max<unsigned char>(x, dy);
        x.random(3);
        p.average(x, dy);
    });
}

template <class T> void typed() {
    constexpr int LANE = voluta::LANES<T>;
    Axis none, three{9, 4, 2, 1, 3, 0}, padded{7, 4, 2, 1, 3, 1}, dilated{9, 5, 1, 2, 3, 0}, overhanging{8, 4, 2, 1, 3, 0};
    Axis gaps{11, 3, 4, 1, 2, 0}, adaptive{10, 4, 0, 1, 0, 0, true}, many{3, 5, 0, 1, 0, 0, true}, global{13, 1, 0, 1, 0, 0, true};
    for (bool large : {false, true})
        for (long long inner : {1ll, 3ll, 2ll * LANE}) {
            pool<T>("padded", {none, padded, three}, 3, inner, large);
            pool<T>("dilated, overhanging", {none, dilated, overhanging}, 2, inner, large);
            pool<T>("gaps, one dimension", {none, none, gaps}, 3, inner, large);
            pool<T>("three dimensions", {many, adaptive, padded}, 1, inner, large);
            pool<T>("global", {none, global, adaptive}, 2, inner, large);
        }
}

} // namespace

void pooling() {
    typed<float>();
    typed<bf16>();
    typed<f16>();
}

} // namespace testing
