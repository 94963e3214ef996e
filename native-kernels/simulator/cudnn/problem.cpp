// What convolutions are allowed, and how they are computed: patches as a matrix, then a matrix product.
#include "problem.h"
#include "../loops.h"
#include <cstdlib>

namespace simulator::dnn {

int outputSize(int in, int padding, int window, int stride, int dilation) {
    int covered = in + padding - (dilation * (window - 1) + 1);
    return covered < 0 ? 0 : 1 + covered / stride;
}

namespace {
/** Whether a tensor lies densely in this order; dimensions of size 1 may have any stride. */
bool isPacked(const Tensor& t, int format) {
    Tensor packed = Filter{t.type, format, t.size}.tensor();
    for (std::size_t d = 0; d < t.size.size(); d++)
        if (t.size[d] != 1 && t.stride[d] != packed.stride[d]) return false;
    return true;
}

Status checkSizes(const Tensor& x, const Filter& w, const Convolution& c, const Tensor& y) {
    std::size_t n = x.size.size();
    if (w.size.size() != n || y.size.size() != n || c.padding.size() + 2 != n)
        return refuse(BAD_PARAM, "x has %zu dimensions, w %zu, y %zu, the convolution %zu spatial ones", n, w.size.size(),
                      y.size.size(), c.padding.size());
    if (n > 5) return refuse(STATUS_NOT_SUPPORTED, "%zu dimensions", n);
    if (x.type != w.type || x.type != y.type)
        return refuse(STATUS_NOT_SUPPORTED, "x has data type %d, w %d, y %d", x.type, w.type, y.type);
    if (x.size[1] != w.size[1] * c.groups || w.size[0] % c.groups != 0)
        return refuse(BAD_PARAM, "x %s and w %s with %d groups", text(x.size).c_str(), text(w.size).c_str(), c.groups);
    std::vector<int> wanted = {x.size[0], w.size[0]};
    for (std::size_t d = 2; d < n; d++)
        wanted.push_back(outputSize(x.size[d], 2 * c.padding[d - 2], w.size[d], c.stride[d - 2], c.dilation[d - 2]));
    if (y.size != wanted)
        return refuse(BAD_PARAM, "y is %s, but x %s and w %s give %s", text(y.size).c_str(), text(x.size).c_str(),
                      text(w.size).c_str(), text(wanted).c_str());
    return OK;
}
} // namespace

Status describe(const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y, Problem& p) {
    TRY(require(x, "the descriptor of x"));
    TRY(require(w, "the descriptor of w"));
    TRY(require(c, "the convolution"));
    TRY(require(y, "the descriptor of y"));
    TRY(checkSizes(*x, *w, *c, *y));
    bool nhwc = w->format == NHWC;
    for (const Tensor* t : {x, y}) {
        if (nhwc && !isPacked(*t, NHWC))
            return refuse(STATUS_NOT_SUPPORTED, "the filter is NHWC, but a tensor %s is not", text(t->size).c_str());
        if (!nhwc && isPacked(*t, NHWC) && !isPacked(*t, NCHW))
            return refuse(STATUS_NOT_SUPPORTED, "the filter is NCHW, but a tensor %s is NHWC", text(t->size).c_str());
    }
    p = problem(*x, w->tensor(), *y, c->padding, c->stride, c->dilation, c->groups, c->mode == 0);
    p.nhwc = nhwc;
    return OK;
}

Problem problem(const Tensor& x, const Tensor& w, const Tensor& y, const std::vector<int>& padding, const std::vector<int>& stride,
                const std::vector<int>& dilation, int groups, bool flipped) {
    Problem p;
    p.x = x;
    p.w = w;
    p.y = y;
    p.nhwc = isPacked(w, NHWC) && !isPacked(w, NCHW);
    p.flipped = flipped;
    p.groups = groups;
    p.batch = x.size[0];
    p.channels = x.size[1];
    p.filters = w.size[0];
    p.spatial = static_cast<int>(x.size.size()) - 2;
    for (int d = 0; d < p.spatial; d++) {
        int to = 3 - p.spatial + d;
        p.in[to] = x.size[2 + d];
        p.out[to] = y.size[2 + d];
        p.kernel[to] = w.size[2 + d];
        p.padding[to] = padding[d];
        p.stride[to] = stride[d];
        p.dilation[to] = dilation[d];
    }
    return p;
}

namespace {
bool plainSteps(const Problem& p) {
    for (int d = 0; d < 3; d++)
        if (p.stride[d] != 1 || p.dilation[d] != 1) return false;
    return true;
}

bool windowOf(const Problem& p, int size) { return p.kernel[0] == 1 && p.kernel[1] == size && p.kernel[2] == size; }

bool winograd(const Problem& p, int largest) {
    bool fits = windowOf(p, 3) || (largest == 5 && windowOf(p, 5));
    return fits && p.spatial == 2 && plainSteps(p) && !p.nhwc && !p.flipped;
}

std::size_t columnBytes(const Problem& p) { return static_cast<std::size_t>(p.depth() * p.pixels()) * sizeof(float); }
} // namespace

bool unordered(Direction direction) {
    static const char* wanted = std::getenv("VOLUTA_CUDA_SIMULATOR_UNORDERED");
    return direction == Direction::FILTER && wanted != nullptr && *wanted != 0;
}

bool turnRound(bool deterministic) {
    static unsigned long calls = 0;
    return !deterministic && calls++ % 2 != 0;
}

bool supports(Direction direction, int algorithm, const Problem& p) {
    if (unordered(direction) && deterministic(direction, algorithm)) return false;
    if (p.x.type != FLOAT && algorithm > 1) return false;
    switch (direction) {
    case Direction::FORWARD: // implicit gemm, implicit precomputed gemm, gemm, Winograd, Winograd not fused
        if (algorithm == 2) return p.spatial == 2 && !p.nhwc && p.groups == 1 && p.dilation[1] == 1 && p.dilation[2] == 1;
        if (algorithm == 6) return winograd(p, 3) && p.x.type == FLOAT;
        if (algorithm == 7) return winograd(p, 5) && p.groups == 1;
        return algorithm == 0 || algorithm == 1;
    case Direction::DATA: // 0, 1, Winograd, Winograd not fused
        if (algorithm == 4) return winograd(p, 3) && p.x.type == FLOAT;
        if (algorithm == 5) return winograd(p, 5) && p.groups == 1;
        if (algorithm == 0) return !p.nhwc;
        return algorithm == 1;
    case Direction::FILTER: // 0, 1, 3, Winograd not fused
        if (algorithm == 5) return winograd(p, 5) && p.groups == 1;
        if (algorithm == 0) return p.spatial == 2 || !p.nhwc;
        if (algorithm == 3) return !p.nhwc && p.spatial == 2;
        return algorithm == 1;
    }
    return false;
}

std::size_t workspace(Direction direction, int algorithm, const Problem& p) {
    std::size_t filter = p.w.bytes(), columns = columnBytes(p);
    if (direction == Direction::FORWARD) {
        if (algorithm == 1) return 256 + static_cast<std::size_t>(p.taps()) * 16;
        if (algorithm == 2) return columns;
        return algorithm == 7 ? 4 * filter + columns / 4 : 0;
    }
    if (algorithm == 0) return 0;
    if (algorithm == 3) return filter + 64;
    return algorithm == 1 ? 512 + filter : 4 * filter + columns / 4;
}

bool deterministic(Direction direction, int algorithm) {
    return direction == Direction::FORWARD || (algorithm != 0 && algorithm != 3);
}

namespace {
/**
 * Walks over the matrix of patches by rows of the output: use(where the row begins in the matrix, whether it lies in the
 * padding, where the input row begins, which column of it the first pixel reads).
 */
template <class Use> void forEachPatchRow(const Problem& p, const Use& use) {
    long row = 0;
    for (int c = 0; c < p.channels / p.groups; c++)
        for (int kd = 0; kd < p.kernel[0]; kd++)
            for (int kh = 0; kh < p.kernel[1]; kh++)
                for (int kw = 0; kw < p.kernel[2]; kw++, row++)
                    for (int od = 0; od < p.out[0]; od++)
                        for (int oh = 0; oh < p.out[1]; oh++) {
                            int id = od * p.stride[0] - p.padding[0] + kd * p.dilation[0];
                            int ih = oh * p.stride[1] - p.padding[1] + kh * p.dilation[1];
                            int iw = kw * p.dilation[2] - p.padding[2];
                            bool outside = id < 0 || id >= p.in[0] || ih < 0 || ih >= p.in[1];
                            long pixel = (1L * od * p.out[1] + oh) * p.out[2];
                            long line = ((1L * c * p.in[0] + id) * p.in[1] + ih) * p.in[2];
                            use(row * p.pixels() + pixel, outside, line, iw);
                        }
}

/** The matrix of patches [depth x pixels] of one image's group. */
void patches(const Problem& p, const float* x, Values& to) {
    forEachPatchRow(p, [&](long at, bool outside, long line, int first) {
        for (int ow = 0; ow < p.out[2]; ow++) {
            int iw = first + ow * p.stride[2];
            to[at + ow] = outside || iw < 0 || iw >= p.in[2] ? 0 : x[line + iw];
        }
    });
}

/** Adds a matrix of patches back to where they came from. */
void addPatches(const Problem& p, const Values& from, float* dx) {
    forEachPatchRow(p, [&](long at, bool outside, long line, int first) {
        for (int ow = 0; !outside && ow < p.out[2]; ow++) {
            int iw = first + ow * p.stride[2];
            if (iw >= 0 && iw < p.in[2]) dx[line + iw] += from[at + ow];
        }
    });
}

/** A true convolution turns the filter round. */
Values turned(const Problem& p, const Values& w) {
    if (!p.flipped) return w;
    Values result(w.size());
    long taps = p.taps();
    for (std::size_t i = 0; i < w.size(); i += taps)
        for (long t = 0; t < taps; t++) result[i + t] = w[i + taps - 1 - t];
    return result;
}

long inputs(const Problem& p) { return 1L * p.channels / p.groups * p.in[0] * p.in[1] * p.in[2]; }
} // namespace

Values forward(const Problem& p, const Values& x, const Values& given) {
    Values w = turned(p, given), columns(static_cast<std::size_t>(p.depth() * p.pixels()));
    long perGroup = p.filters / p.groups;
    Values y(static_cast<std::size_t>(p.batch * p.filters * p.pixels()), 0.0f);
    for (long i = 0; i < 1L * p.batch * p.groups; i++) {
        patches(p, x.data() + i * inputs(p), columns);
        multiplyAdd(perGroup, p.pixels(), p.depth(), w.data() + i % p.groups * perGroup * p.depth(), p.depth(), columns.data(),
                    p.pixels(), y.data() + i * perGroup * p.pixels(), p.pixels());
    }
    return y;
}

Values backwardData(const Problem& p, const Values& given, const Values& dy, bool backward) {
    Values w = turned(p, given), columns(static_cast<std::size_t>(p.depth() * p.pixels()));
    long perGroup = p.filters / p.groups;
    std::vector<Values> across;
    for (int g = 0; g < p.groups; g++) across.push_back(transposed(w.data() + g * perGroup * p.depth(), perGroup, p.depth()));
    Values dx(static_cast<std::size_t>(p.batch * p.groups * inputs(p)), 0.0f);
    for (long i = 0; i < 1L * p.batch * p.groups; i++) {
        std::fill(columns.begin(), columns.end(), 0.0f);
        multiplyAdd(p.depth(), p.pixels(), perGroup, across[i % p.groups].data(), perGroup, dy.data() + i * perGroup * p.pixels(),
                    p.pixels(), columns.data(), p.pixels(), backward);
        addPatches(p, columns, dx.data() + i * inputs(p));
    }
    return dx;
}

Values backwardFilter(const Problem& p, const Values& x, const Values& dy, bool backward) {
    Values columns(static_cast<std::size_t>(p.depth() * p.pixels()));
    long perGroup = p.filters / p.groups;
    Values dw(static_cast<std::size_t>(p.filters * p.depth()), 0.0f);
    for (long step = 0; step < 1L * p.batch * p.groups; step++) {
        long i = backward ? 1L * p.batch * p.groups - 1 - step : step;
        patches(p, x.data() + i * inputs(p), columns);
        Values across = transposed(columns.data(), p.depth(), p.pixels());
        multiplyAdd(perGroup, p.depth(), p.pixels(), dy.data() + i * perGroup * p.pixels(), p.pixels(), across.data(), p.depth(),
                    dw.data() + i % p.groups * perGroup * p.depth(), p.depth(), backward);
    }
    return turned(p, dw);
}

void finishForward(const Problem& p, Scale scale, Values& result, const Values& added, const Values& biases, bool relu) {
    for (std::size_t i = 0; i < result.size(); i++) {
        float v = scale.alpha * result[i] + (added.empty() ? 0 : scale.beta * added[i]) + biases[i / p.pixels() % p.filters];
        result[i] = relu && v < 0 ? 0 : v;
    }
}

namespace {
constexpr std::size_t ALIGNMENT = 16;

bool overlap(const Access& a, const Access& b) {
    auto first = reinterpret_cast<std::uintptr_t>(a.address), second = reinterpret_cast<std::uintptr_t>(b.address);
    return first < second + b.bytes && second < first + a.bytes;
}
} // namespace

Status launch(Handle* handle, const char* name, const Operands& operands, const std::function<void()>& work) {
    std::vector<Access> all = operands.reads;
    all.insert(all.end(), operands.writes.begin(), operands.writes.end());
    Access scratch = operands.scratch;
    if (scratch.bytes > 0) all.push_back(scratch);
    TRY(requireAligned(all, ALIGNMENT));
    for (std::size_t i = 0; i < all.size(); i++)
        for (std::size_t j = operands.reads.size(); j < all.size(); j++)
            if (i < j && overlap(all[i], all[j]) && all[i].address != nullptr)
                return refuse(BAD_PARAM, "%s and %s overlap", all[i].name, all[j].name);
    return queue(handle, name, all, [=] {
        if (scratch.bytes > 0) std::memset(const_cast<void*>(scratch.address), 0xff, scratch.bytes);
        work();
    });
}

} // namespace simulator::dnn
