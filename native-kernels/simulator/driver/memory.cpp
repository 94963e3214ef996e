// Device and pinned memory: host memory at addresses of its own, filled with 0xff when it is new. Between a range's end
// and the next page lies a red zone that is compared at each synchronization; before and behind are pages that nobody may
// touch. Addresses are not used again until all have been used.
#include "state.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace simulator {

namespace {
constexpr std::size_t PAGE = 4096, RED_ZONE = 256;
constexpr std::size_t RESERVED[] = {std::size_t(1) << 40, std::size_t(64) << 30, std::size_t(16) << 30};
constexpr unsigned char POISON = 0xff, RED = 0xa5;

std::map<std::uintptr_t, Allocation>& allocations() {
    static auto& all = *new std::map<std::uintptr_t, Allocation>();
    return all;
}
std::map<std::uintptr_t, Allocation>& former() {
    static auto& all = *new std::map<std::uintptr_t, Allocation>();
    return all;
}
std::uintptr_t first = 0, last = 0, next = 0;
std::size_t used[8];
unsigned long count = 0;

bool reserve() {
    if (first != 0) return true;
    for (std::size_t bytes : RESERVED) {
        void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (range == MAP_FAILED) continue;
        first = next = reinterpret_cast<std::uintptr_t>(range);
        last = first + bytes;
        return true;
    }
    return false;
}

/** A place for so many bytes with an untouchable page before it, or 0. */
std::uintptr_t place(std::size_t mapped) {
    std::size_t step = mapped + PAGE;
    if (last - next >= step + PAGE) {
        std::uintptr_t at = next + PAGE;
        next += step;
        return at;
    }
    std::uintptr_t at = first + PAGE; // all have been used: the first gap
    for (const auto& entry : allocations()) {
        if (entry.first - at >= step && entry.first > at) return at;
        at = entry.first + entry.second.mapped + PAGE;
    }
    return last > at && last - at >= step ? at : 0;
}

Allocation* make(std::size_t bytes, Context* context, bool pinned) {
    std::size_t mapped = (bytes + RED_ZONE + PAGE - 1) / PAGE * PAGE;
    if (bytes > mapped || !reserve()) return nullptr;
    std::uintptr_t at = place(mapped);
    if (at == 0) return nullptr;
    void* memory = reinterpret_cast<void*>(at);
    if (mprotect(memory, mapped, PROT_READ | PROT_WRITE) != 0) return nullptr;
    std::memset(memory, POISON, bytes);
    std::memset(static_cast<char*>(memory) + bytes, RED, mapped - bytes);
    former().erase(former().lower_bound(at), former().lower_bound(at + mapped));
    Allocation made{at, bytes, mapped, context, context->device, pinned, ++count};
    if (!pinned) used[context->device] += bytes;
    return &(allocations()[at] = made);
}

void giveBack(const Allocation& allocation) {
    Allocation copy = allocation;
    if (!copy.pinned) used[copy.device] -= copy.bytes;
    void* memory = reinterpret_cast<void*>(copy.address);
    if (mmap(memory, copy.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        std::perror("simulated device: mmap");
    former()[copy.address] = copy;
    allocations().erase(copy.address);
}

const char* kind(const Allocation& a) { return a.pinned ? "pinned memory" : "device memory"; }

bool redZoneHurt(const Allocation& a) {
    const unsigned char* end = reinterpret_cast<const unsigned char*>(a.end());
    for (std::size_t i = 0; i < a.mapped - a.bytes; i++) {
        if (end[i] == RED) continue;
        std::fprintf(stderr, "simulated device: byte %zu behind allocation %lu (%zu bytes of %s) was overwritten\n", i, a.number,
                     a.bytes, kind(a));
        return true;
    }
    return false;
}

CUresult free(std::uintptr_t address, bool pinned) {
    const char* wanted = pinned ? "pinned memory" : "device memory";
    auto found = allocations().find(address);
    if (found == allocations().end() || found->second.pinned != pinned)
        return refuse(INVALID_VALUE, "0x%zx is not the beginning of live %s: %s", address, wanted,
                      describeFault(reinterpret_cast<void*>(address)).c_str());
    CUresult code = SUCCESS;
    if (pinned) { // the driver would not wait for work that still uses it
        const Allocation& a = found->second;
        bool pending = anyPending([&](const Work& w) {
            for (const Access& use : w.accesses) {
                auto at = reinterpret_cast<std::uintptr_t>(use.address);
                if (at >= a.address && at < a.end()) return true;
            }
            return false;
        });
        if (pending) return refuse(INVALID_VALUE, "queued work still uses this pinned memory; wait for it first");
    } else {
        code = finishAll();
    }
    if (redZoneHurt(found->second)) {
        found->second.context->lost = ILLEGAL_ADDRESS;
        code = ILLEGAL_ADDRESS;
    }
    giveBack(found->second);
    return code;
}
} // namespace

const Allocation* allocationAt(std::uintptr_t address) {
    auto after = allocations().upper_bound(address);
    if (after == allocations().begin()) return nullptr;
    const Allocation& candidate = std::prev(after)->second;
    return address < candidate.end() || (candidate.bytes == 0 && address == candidate.address) ? &candidate : nullptr;
}

bool isPinned(const void* address, std::size_t bytes) {
    auto at = reinterpret_cast<std::uintptr_t>(address);
    const Allocation* a = allocationAt(at);
    return a != nullptr && a->pinned && bytes <= a->end() - at;
}

bool inDeviceRange(const void* address) {
    auto at = reinterpret_cast<std::uintptr_t>(address);
    return at >= first && at < last;
}

std::string describeFault(const void* address) {
    auto at = reinterpret_cast<std::uintptr_t>(address);
    char text[200];
    if (at == 0) return "null";
    if (!inDeviceRange(address)) return "ordinary host memory, or no memory at all";
    if (const Allocation* a = allocationAt(at)) {
        std::snprintf(text, sizeof text, "byte %zu of allocation %lu (%zu bytes of %s)", at - a->address, a->number, a->bytes,
                      kind(*a));
        return text;
    }
    // the allocation before it, live or freed, whichever is nearer
    const Allocation* nearest = nullptr;
    for (auto* map : {&former(), &allocations()}) {
        auto after = map->upper_bound(at);
        if (after != map->begin() && (nearest == nullptr || std::prev(after)->first > nearest->address))
            nearest = &std::prev(after)->second;
    }
    if (nearest != nullptr) {
        bool within = at < nearest->end(), freed = former().count(nearest->address) != 0;
        std::snprintf(text, sizeof text, "byte %zu %s allocation %lu (%zu bytes of %s)%s",
                      within ? at - nearest->address : at - nearest->end(), within ? "of" : "behind", nearest->number,
                      nearest->bytes, kind(*nearest), freed ? ", which was freed" : "");
        return text;
    }
    return "no allocation";
}

CUresult requireAccess(const Access& access, CUresult code) {
    auto at = reinterpret_cast<std::uintptr_t>(access.address);
    const Allocation* a = allocationAt(at);
    if (a == nullptr)
        return refuse(code, "%s = 0x%zx lies in no live device memory: %s", access.name, at,
                      describeFault(access.address).c_str());
    if (access.bytes > a->end() - at)
        return refuse(code, "%s needs %zu bytes, but %zu are left behind byte %zu of allocation %lu (%zu bytes of %s)", access.name,
                      access.bytes, a->end() - at, at - a->address, a->number, a->bytes, kind(*a));
    return SUCCESS;
}

CUresult checkRedZones(Context* context) {
    for (const auto& entry : allocations()) {
        if (entry.second.context == context && redZoneHurt(entry.second)) context->lost = ILLEGAL_ADDRESS;
    }
    return context->lost;
}

std::size_t releaseAll(Context* context) {
    std::vector<Allocation> left;
    for (const auto& entry : allocations())
        if (entry.second.context == context) left.push_back(entry.second);
    for (const Allocation& a : left) {
        std::fprintf(stderr, "simulated device: leak: allocation %lu, %zu bytes of %s, was never freed\n", a.number, a.bytes,
                     kind(a));
        redZoneHurt(a);
        giveBack(a);
    }
    if (!left.empty() && switchedOn("VOLUTA_CUDA_SIMULATOR_ABORT", "leaks")) std::abort();
    return left.size();
}

} // namespace simulator

using namespace simulator;

namespace {
CUresult allocate(std::uintptr_t* address, std::size_t bytes, bool pinned) {
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    if (address == nullptr || bytes == 0) return refuse(INVALID_VALUE, "0 bytes, or nowhere to put the address");
    if ((code = requireNoCapture("memory cannot be allocated"))) return code;
    std::size_t limit = memoryLimit() - memoryTaken();
    if (!pinned && (bytes > limit || used[context->device] > limit - bytes)) return OUT_OF_MEMORY;
    Allocation* made = pinned && bytes > limit ? nullptr : make(bytes, context, pinned);
    if (made == nullptr) return OUT_OF_MEMORY;
    *address = made->address;
    return SUCCESS;
}
} // namespace

EXPORTED CUresult cuMemAlloc_v2(CUdeviceptr* address, std::size_t bytes) {
    Call call("cuMemAlloc");
    std::uintptr_t at = 0;
    CUresult code = allocate(address == nullptr ? nullptr : &at, bytes, false);
    if (code == SUCCESS) *address = at;
    return code;
}

EXPORTED CUresult cuMemFree_v2(CUdeviceptr address) {
    Call call("cuMemFree");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr && code != ILLEGAL_ADDRESS) return code;
    if (address == 0) return SUCCESS;
    if ((code = requireNoCapture("memory cannot be freed"))) return code;
    return simulator::free(address, false);
}

EXPORTED CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
    Call call("cuMemGetInfo");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    std::size_t limit = memoryLimit() - memoryTaken();
    if (total != nullptr) *total = memoryLimit();
    if (free != nullptr) *free = limit > used[context->device] ? limit - used[context->device] : 0;
    return SUCCESS;
}

EXPORTED CUresult cuMemHostAlloc(void** address, std::size_t bytes, unsigned flags) {
    Call call("cuMemHostAlloc");
    if (CUresult code = misfortune("cuMemHostAlloc")) return code;
    if (flags > 7) return refuse(INVALID_VALUE, "flags are %u", flags);
    std::uintptr_t at = 0;
    CUresult code = allocate(address == nullptr ? nullptr : &at, bytes, true);
    if (code == SUCCESS) *address = reinterpret_cast<void*>(at);
    return code;
}

EXPORTED CUresult cuMemAllocHost_v2(void** address, std::size_t bytes) { return cuMemHostAlloc(address, bytes, 0); }

EXPORTED CUresult cuMemFreeHost(void* address) {
    Call call("cuMemFreeHost");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr && code != ILLEGAL_ADDRESS) return code;
    if (address == nullptr) return SUCCESS;
    if ((code = requireNoCapture("pinned memory cannot be freed"))) return code;
    return simulator::free(reinterpret_cast<std::uintptr_t>(address), true);
}

EXPORTED CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* host, unsigned flags) {
    Call call("cuMemHostGetDevicePointer");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr) return code;
    if (device == nullptr || flags != 0 || !isPinned(host, 1)) return refuse(INVALID_VALUE, "this is no pinned memory");
    *device = reinterpret_cast<std::uintptr_t>(host);
    return SUCCESS;
}

EXPORTED CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, std::size_t* bytes, CUdeviceptr address) {
    Call call("cuMemGetAddressRange");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr) return code;
    const Allocation* a = allocationAt(address);
    if (a == nullptr) return refuse(NOT_FOUND, "0x%llx lies in no allocation", address);
    if (base != nullptr) *base = a->address;
    if (bytes != nullptr) *bytes = a->bytes;
    return SUCCESS;
}
