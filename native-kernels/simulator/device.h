// What the parts of the simulated device offer each other. libcudnn and libcublas use submit() and refuse(), the rest is
// the driver's own.
#pragma once
#include "abi.h"
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#define SHARED __attribute__((visibility("default")))

namespace simulator {

constexpr const char* DEVICE_NAME = "Voluta simulated device";

/** One lock for everything; work runs while it is held. */
SHARED std::recursive_mutex& lock();

/** Names the call that the thread is in, for messages, and holds the lock. */
class SHARED Call {
  public:
    explicit Call(const char* name);
    ~Call();
    Call(const Call&) = delete;

  private:
    std::lock_guard<std::recursive_mutex> guard;
    const char* before;
};

/** Writes a line to stderr that says what was wrong with the present call, and returns the code. */
SHARED int refuse(int code, const char* format, ...) __attribute__((format(printf, 2, 3)));

/** What refuse() said last on this thread. */
SHARED const char* lastRefusal();

/** Memory that queued work reads or writes. Bytes 0: any part of the allocation that holds the address. */
struct Access {
    const void* address;
    std::size_t bytes;
    const char* name;
};

/**
 * Queues work on a stream of the current context, or records it where the stream captures. The memory is looked up now
 * and again when the work runs. Arguments that work needs are copied into it.
 */
SHARED CUresult submit(CUstream stream, const std::string& what, const std::vector<Access>& accesses,
                       const std::function<void()>& work);

/** The context that is current on this thread, or null with an error in code. Sticky errors count. */
SHARED Context* currentContext(CUresult& code);

/** Whether something that must not happen while a stream captures may happen now; says so where not. */
SHARED CUresult requireNoCapture(const char* why);

/** Runs all work of a stream, or of all streams of the current context. */
SHARED CUresult finish(CUstream stream);
SHARED CUresult finishAll();

/** Whether a handle is a live stream of the current context (null: the default stream); says so where not. */
SHARED CUresult requireStream(CUstream stream);

/** Checks that memory is live and long enough; says so where not. */
SHARED CUresult requireAccess(const Access& access, CUresult code);

/** The id of a context that survives reuse of its address. */
SHARED unsigned long long contextId(const Context* context);

} // namespace simulator
