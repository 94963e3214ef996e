// Lock, messages, identities, and the guard around kernels.
#include "state.h"
#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace simulator {

namespace {
thread_local const char* present = "";
thread_local char refusal[1024] = "";
thread_local sigjmp_buf* escape = nullptr;
thread_local const void* faulty = nullptr;
struct sigaction formerSegv, formerBus;

/** Chains to the handler that was there (the JVM's), unless a kernel is running on this thread. */
void onFault(int signal, siginfo_t* info, void* machine) {
    if (escape != nullptr) {
        faulty = info->si_addr;
        siglongjmp(*escape, 1);
    }
    const struct sigaction& former = signal == SIGBUS ? formerBus : formerSegv;
    if (former.sa_flags & SA_SIGINFO) {
        former.sa_sigaction(signal, info, machine);
    } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
        former.sa_handler(signal);
    } else {
        std::signal(signal, SIG_DFL); // the access is tried again and ends the process
    }
}

void catchFaults() {
    static bool installed = false;
    if (installed) return;
    installed = true;
    struct sigaction action {};
    action.sa_sigaction = onFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, &formerSegv);
    sigaction(SIGBUS, &action, &formerBus);
}
} // namespace

std::recursive_mutex& lock() {
    static auto& mutex = *new std::recursive_mutex();
    return mutex;
}

Call::Call(const char* name) : guard(lock()), before(present) { present = name; }

Call::~Call() { present = before; }

int refuse(int code, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(refusal, sizeof refusal, format, arguments);
    va_end(arguments);
    std::fprintf(stderr, "simulated device: %s: %s (error %d)\n", present, refusal, code);
    if (switchedOn("VOLUTA_CUDA_SIMULATOR_ABORT", "faults")) std::abort();
    return code;
}

const char* lastRefusal() { return refusal; }

bool guarded(const std::function<void()>& work, const void*& fault) {
    catchFaults();
    sigjmp_buf place;
    sigjmp_buf* volatile outer = escape; // a graph runs its nodes within its own work
    if (sigsetjmp(place, 1) != 0) {
        escape = outer;
        fault = faulty;
        return false;
    }
    escape = &place;
    work();
    escape = outer;
    return true;
}

unsigned long threadNumber() {
    static unsigned long threads = 0;
    thread_local unsigned long own = ++threads;
    return own;
}

unsigned long long newId() {
    static unsigned long long last = 0;
    return ++last;
}

int deviceCount() {
    const char* text = std::getenv("VOLUTA_CUDA_SIMULATOR_DEVICES");
    int count = text == nullptr ? 1 : std::atoi(text);
    return count < 0 ? 0 : count > 8 ? 8 : count;
}

namespace {
/** Bytes, or a number with k, m or g. */
std::size_t bytesOf(const char* variable, std::size_t standard) {
    const char* text = std::getenv(variable);
    if (text == nullptr || *text == 0) return standard;
    char* end = nullptr;
    unsigned long long value = std::strtoull(text, &end, 10);
    int shift = *end == 'k' || *end == 'K' ? 10 : *end == 'm' || *end == 'M' ? 20 : *end == 'g' || *end == 'G' ? 30 : 0;
    return value == 0 ? standard : static_cast<std::size_t>(value << shift);
}
} // namespace

std::size_t memoryLimit() { return bytesOf("VOLUTA_CUDA_SIMULATOR_MEMORY", std::size_t(8) << 30); }

std::size_t memoryTaken() { return std::min(memoryLimit(), bytesOf("VOLUTA_CUDA_SIMULATOR_TAKEN", 0)); }

int tenths(const char* variable, int standard) {
    const char* text = std::getenv(variable);
    return text == nullptr || *text == 0 ? standard : static_cast<int>(std::strtod(text, nullptr) * 10 + 0.5);
}

int capabilityOf(int device) {
    const char* text = std::getenv("VOLUTA_CUDA_SIMULATOR_CAPABILITY");
    if (text == nullptr || *text == 0) return 90;
    for (const char* comma; device > 0 && (comma = std::strchr(text, ',')) != nullptr; device--) text = comma + 1;
    return static_cast<int>(std::strtod(text, nullptr) * 10 + 0.5);
}

CUresult misfortune(const std::string& name) {
    static const char* text = std::getenv("VOLUTA_CUDA_SIMULATOR_FAULT");
    if (text == nullptr || *text == 0) return SUCCESS;
    static const std::string all = text;
    static const std::size_t first = all.find(':'), second = all.find(':', first + 1);
    static const int code = first == std::string::npos ? 0 : std::atoi(all.c_str() + first + 1);
    static long left = second == std::string::npos ? 1 : std::atol(all.c_str() + second + 1);
    if (code == SUCCESS || name != all.substr(0, first) || --left > 0) return SUCCESS;
    return static_cast<CUresult>(code);
}

bool switchedOn(const char* variable, const char* value) {
    const char* text = std::getenv(variable);
    return text != nullptr && std::strstr(text, value) != nullptr;
}

} // namespace simulator
