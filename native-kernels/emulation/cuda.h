// Compiles CUDA C++ kernels for the CPU, so that they run without a GPU: a fiber per CUDA thread, one block after the
// other. Include it in place of nvcc's own headers (-DVOLUTA_EMULATION) and call emulation::launch.
//
// Supported: threads and blocks in three dimensions, __shared__, __syncthreads, __syncwarp, shuffles, votes, atomics,
// bit casts, reads through __ldg, and the mathematical functions of <cmath>. Not supported: extern __shared__ (use arrays
// of a fixed size), textures, cooperative groups, tensor cores, inline PTX (hide it behind __CUDA_ARCH__).
//
// It finds: out-of-bounds and misaligned accesses (build with -fsanitize=address,undefined), barriers and shuffles that
// not all threads reach (the launch aborts and says which block), and most missing barriers: the order in which threads
// run between two barriers is reversed from block to block and from round to round.
#pragma once
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "half.h"

#if !defined(__x86_64__) || !defined(__linux__)
#error "the emulation switches stacks with x86-64 Linux assembly"
#endif

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __grid_constant__
#define __constant__ static
#define __shared__ static // one block at a time on one operating-system thread

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

namespace emulation {

extern "C" void emulation_switch(void** from, void* to);
asm(".text\n.weak emulation_switch\n.type emulation_switch,@function\nemulation_switch:\n"
    " push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
    " mov %rsp,(%rdi)\n mov %rsi,%rsp\n"
    " pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n ret\n");

constexpr std::size_t STACK_BYTES = 64 << 10;

/** Threads that wait for each other: a block or a warp. */
struct Barrier {
    int arrived = 0, alive = 0;
    long generation = 0;

    void release() {
        if (alive && arrived == alive) {
            arrived = 0;
            generation++;
        }
    }
};

struct Warp : Barrier {
    std::uint64_t slot[2][32]; // of this exchange and of the next, which a thread may reach before others have read
};

/** A CUDA thread; it has a stack only while it runs or waits. */
struct Fiber {
    void* stackPointer = nullptr;
    dim3 thread;
    int number = 0, stack = 0;
    bool done = false;
};

struct Block : Barrier {
    dim3 index, size, grid;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::vector<std::unique_ptr<char[]>> stacks;
    std::vector<int> idle; // stacks that no fiber is on
    void* scheduler = nullptr;
    int current = 0, started = 0;
    bool backward = false;
    long progress = 0;
    const std::function<void()>* body = nullptr;
};

inline Block* running = nullptr;

inline Fiber& self() { return running->fibers[running->current]; }

inline Warp& warp() { return running->warps[self().number / 32]; }

inline void wait(Barrier& barrier) {
    long generation = barrier.generation;
    barrier.arrived++;
    running->progress++;
    barrier.release();
    while (barrier.generation == generation) emulation_switch(&self().stackPointer, running->scheduler);
}

/** Makes the next thread that has not begun the current one, on this stack; false where all have begun. */
inline bool begin(Block& block, int stack) {
    int n = static_cast<int>(block.fibers.size());
    if (block.started == n) return false;
    block.current = block.backward ? n - 1 - block.started : block.started;
    block.started++;
    self().stack = stack;
    return true;
}

inline void end(Block& block) {
    self().done = true;
    block.alive--;
    block.progress++;
    block.release(); // a thread that has returned no longer counts at a barrier
    Warp& own = warp();
    own.alive--;
    own.release();
}

/**
 * Where a stack begins: threads follow each other on it until one waits, which keeps it. Kernels without barriers thus run
 * as a plain loop. This frame is never unwound, so the address sanitizer must not mark it.
 */
__attribute__((no_sanitize("address"))) inline void entry() {
    int stack;
    do {
        (*running->body)();
        stack = self().stack;
        end(*running);
    } while (begin(*running, stack));
    running->idle.push_back(stack);
    void* unused;
    emulation_switch(&unused, running->scheduler);
}

/** Runs threads that have not begun until one of them waits, or all have begun. */
inline void runFresh(Block& block) {
    if (block.idle.empty()) {
        block.idle.push_back(static_cast<int>(block.stacks.size()));
        block.stacks.emplace_back(new char[STACK_BYTES]);
    }
    int stack = block.idle.back();
    block.idle.pop_back();
    begin(block, stack);
    auto top = reinterpret_cast<std::uintptr_t>(block.stacks[stack].get() + STACK_BYTES) & ~std::uintptr_t(15);
    void** p = reinterpret_cast<void**>(top);
    *--p = nullptr; // where entry would return to
    *--p = reinterpret_cast<void*>(entry);
    emulation_switch(&block.scheduler, p - 6); // six registers are popped first
}

inline void runBlock(Block& block, long shuffle) {
    int n = static_cast<int>(block.fibers.size());
    for (Fiber& fiber : block.fibers) fiber.done = false;
    for (int w = 0; w < static_cast<int>(block.warps.size()); w++) {
        block.warps[w].arrived = 0;
        block.warps[w].alive = n - w * 32 < 32 ? n - w * 32 : 32;
    }
    block.arrived = block.started = 0;
    block.alive = n;
    block.backward = shuffle & 1;
    while (block.started < n) runFresh(block);
    for (long round = shuffle + 1; block.alive; round++) {
        long before = block.progress;
        for (int i = 0; i < n; i++) {
            block.current = round & 1 ? n - 1 - i : i;
            if (!self().done) emulation_switch(&block.scheduler, self().stackPointer);
        }
        if (before == block.progress) {
            std::fprintf(stderr, "block (%u,%u,%u): some threads wait at a barrier that others never reach\n",
                         block.index.x, block.index.y, block.index.z);
            std::abort();
        }
    }
}

inline void prepare(Block& block, dim3 size, int n) {
    block.fibers.resize(n);
    block.warps.resize((n + 31) / 32);
    block.size = size;
    for (int i = 0; i < n; i++) {
        block.fibers[i].number = i;
        block.fibers[i].thread = dim3(i % size.x, i / size.x % size.y, i / (size.x * size.y));
    }
    block.idle.clear(); // a launch that did not come to its end has left some
    for (std::size_t i = 0; i < block.stacks.size(); i++) block.idle.push_back(static_cast<int>(i));
}

/** Runs body once for each thread of the grid, as a kernel launch does, and returns when all have ended. */
inline void launch(dim3 grid, dim3 size, const std::function<void()>& body) {
    static Block block;
    std::size_t n = std::size_t(size.x) * size.y * size.z;
    if (n == 0 || n > 1024 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535) {
        std::fprintf(stderr, "launch of %u x %u x %u blocks of %zu threads would be refused\n", grid.x, grid.y, grid.z, n);
        std::abort();
    }
    prepare(block, size, static_cast<int>(n));
    block.grid = grid;
    block.body = &body;
    running = &block;
    for (unsigned z = 0; z < grid.z; z++)
        for (unsigned y = 0; y < grid.y; y++)
            for (unsigned x = 0; x < grid.x; x++) {
                block.index = dim3(x, y, z);
                runBlock(block, x + y + z);
            }
    running = nullptr;
}

/** Every thread of the warp gives a value; each then reads the values of the others. */
template <class V, class Read> auto exchange(V v, const Read& read) {
    static_assert(sizeof(V) <= 8, "a warp exchanges values of up to 8 bytes");
    Warp& w = warp();
    std::uint64_t(&slot)[32] = w.slot[w.generation & 1];
    std::memcpy(&slot[self().number & 31], &v, sizeof v);
    wait(w);
    return read(slot);
}

template <class V> V shuffle(V v, int source) {
    return exchange(v, [&](const std::uint64_t(&slot)[32]) {
        V r = v;
        if (source >= 0 && source < 32) std::memcpy(&r, &slot[source], sizeof r);
        return r;
    });
}

inline int lane() { return self().number & 31; }

} // namespace emulation

#define threadIdx (emulation::self().thread)
#define blockIdx (emulation::running->index)
#define blockDim (emulation::running->size)
#define gridDim (emulation::running->grid)
#define warpSize 32

inline void __syncthreads() { emulation::wait(*emulation::running); }
inline void __syncwarp(unsigned = ~0u) { emulation::wait(emulation::warp()); }
inline void __threadfence() {}

template <class V> V __shfl_sync(unsigned, V v, int lane, int = 32) { return emulation::shuffle(v, lane & 31); }
template <class V> V __shfl_xor_sync(unsigned, V v, int mask, int = 32) {
    return emulation::shuffle(v, emulation::lane() ^ mask);
}
template <class V> V __shfl_down_sync(unsigned, V v, int delta, int = 32) {
    return emulation::shuffle(v, emulation::lane() + delta);
}
template <class V> V __shfl_up_sync(unsigned, V v, int delta, int = 32) {
    return emulation::shuffle(v, emulation::lane() - delta);
}

inline unsigned __ballot_sync(unsigned, int predicate) {
    return emulation::exchange<std::uint64_t>(predicate != 0, [](const std::uint64_t(&slot)[32]) {
        unsigned bits = 0;
        int threads = static_cast<int>(emulation::running->fibers.size()) - emulation::self().number / 32 * 32;
        for (int i = 0; i < 32 && i < threads; i++) bits |= static_cast<unsigned>(slot[i] & 1) << i;
        return bits;
    });
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }

template <class V> V atomicAdd(V* p, V v) {
    V old = *p;
    *p = old + v;
    return old;
}
template <class V> V atomicMax(V* p, V v) {
    V old = *p;
    if (v > old) *p = v;
    return old;
}
template <class V> V atomicExch(V* p, V v) {
    V old = *p;
    *p = v;
    return old;
}

template <class To, class From> To emulationBits(From v) {
    static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
    To r;
    std::memcpy(&r, &v, sizeof r);
    return r;
}
inline float __uint_as_float(unsigned v) { return emulationBits<float>(v); }
inline unsigned __float_as_uint(float v) { return emulationBits<unsigned>(v); }
inline float __int_as_float(int v) { return emulationBits<float>(v); }
inline int __float_as_int(float v) { return emulationBits<int>(v); }
inline int __popc(unsigned v) { return __builtin_popcount(v); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>((std::uint64_t(a) * b) >> 32); }
inline float rsqrtf(float v) { return 1.0f / sqrtf(v); }
inline double rsqrt(double v) { return 1.0 / sqrt(v); }
template <class V> V __ldg(const V* p) { return *p; }
template <class V> V min(V a, V b) { return b < a ? b : a; }
template <class V> V max(V a, V b) { return a < b ? b : a; }
using std::isfinite;
using std::isnan;
