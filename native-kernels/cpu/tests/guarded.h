// Memory for tests that touches pages nobody may touch: what a kernel reads or writes outside of an array ends the program, masked
// loads too, which sanitizers do not see.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <vector>

/** Bytes that end where a forbidden page begins, or begin behind one, in turn: the first lie as unaligned as they can. */
inline void* guarded(size_t bytes, size_t alignment) {
    constexpr size_t PAGE = 4096;
    static bool atEnd = false;
    size_t pages = (bytes + PAGE - 1) / PAGE * PAGE;
    char* all = static_cast<char*>(mmap(nullptr, pages + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (all == MAP_FAILED || (pages && mprotect(all + PAGE, pages, PROT_READ | PROT_WRITE))) {
        perror("no memory for a test");
        exit(2);
    }
    atEnd = !atEnd;
    size_t room = (bytes + alignment - 1) / alignment * alignment;
    return all + PAGE + (atEnd ? pages - room : 0);
}

/** Of bytes from guarded(). */
inline void unguard(void* p, size_t bytes) {
    constexpr size_t PAGE = 4096;
    char* page = reinterpret_cast<char*>(reinterpret_cast<size_t>(p) / PAGE * PAGE);
    munmap(page - PAGE, (bytes + PAGE - 1) / PAGE * PAGE + 2 * PAGE);
}

template <class T> struct GuardedAllocator {
    typedef T value_type;
    GuardedAllocator() = default;
    template <class U> GuardedAllocator(const GuardedAllocator<U>&) {}
    T* allocate(size_t n) { return static_cast<T*>(guarded(n * sizeof(T), sizeof(T))); }
    void deallocate(T* p, size_t n) { unguard(p, n * sizeof(T)); }
    bool operator==(const GuardedAllocator&) const { return true; }
    bool operator!=(const GuardedAllocator&) const { return false; }
};

template <class T> using Guarded = std::vector<T, GuardedAllocator<T>>;
typedef Guarded<float> Floats;

/** Working memory of a kernel, aligned to 64 bytes; filled with NaN, so that what is read before it is written shows. */
class Scratch {
  public:
    explicit Scratch(long long bytes) : size((bytes + 63) / 64 * 64), used(bytes), p(static_cast<unsigned char*>(guarded(size, 64))) {
        memset(p, 0xff, size);
    }
    Scratch(Scratch&& s) : size(s.size), used(s.used), p(s.p) { s.p = nullptr; }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        if (!p) return;
        for (size_t i = used; i < size; i++) {
            if (p[i] == 0xff) continue;
            printf("a kernel has written byte %zu of %zu that it may use\n", i, used);
            exit(2);
        }
        unguard(p, size);
    }
    operator float*() const { return reinterpret_cast<float*>(p); }
    operator void*() const { return p; }
    float* floats() const { return reinterpret_cast<float*>(p); }

  private:
    size_t size, used;
    unsigned char* p;
};
