// The driver's own state.
#pragma once
#include "../device.h"
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <set>

namespace simulator {

struct Context {
    int device = 0;
    unsigned long long id = 0;
    bool primary = false;
    unsigned flags = 0;
    /** An error after which nothing works any more. */
    CUresult lost = SUCCESS;
    Stream* standard = nullptr; // the legacy default stream
};

/** Work that was queued. Done once; what it waits for is run first. */
struct Work {
    std::string what;
    std::vector<Access> accesses;
    std::function<void()> run;
    std::vector<std::shared_ptr<Work>> after;
    Stream* stream = nullptr;
    Module* module = nullptr;
    bool done = false;
    std::chrono::steady_clock::time_point ended;
};
using WorkPointer = std::shared_ptr<Work>;

/** A node of a graph. */
struct GraphNode {
    Work work;
    std::set<std::size_t> after;
};

struct Graph {
    std::vector<std::shared_ptr<GraphNode>> nodes;
};

struct Executable {
    Context* context = nullptr;
    std::vector<std::shared_ptr<GraphNode>> nodes;
    long launches = 0;
};

struct Capture {
    Stream* origin = nullptr;
    int mode = CAPTURE_GLOBAL;
    unsigned long thread = 0;
    bool invalid = false;
    std::unique_ptr<Graph> graph;
    std::set<Stream*> members;
};

struct Stream {
    Context* context = nullptr;
    unsigned flags = 0;
    int priority = 0;
    unsigned long long id = 0;
    std::deque<WorkPointer> queue;
    WorkPointer last; // the newest work, done or not
    std::shared_ptr<Capture> capture;
    std::set<std::size_t> heads; // nodes that the next captured node comes after
};

struct Event {
    Context* context = nullptr;
    unsigned flags = 0;
    WorkPointer recorded;
    std::weak_ptr<Capture> capture; // where it was recorded last in a capture
    bool captured = false;
    std::set<std::size_t> heads;
};

struct Allocation {
    std::uintptr_t address = 0;
    std::size_t bytes = 0, mapped = 0;
    Context* context = nullptr;
    int device = 0;
    bool pinned = false;
    unsigned long number = 0;
    std::uintptr_t end() const { return address + bytes; }
};

template <class T> std::set<T*>& living() {
    static auto& all = *new std::set<T*>(); // never destroyed: it is asked while the process ends
    return all;
}

/** Whether a handle is one of ours that has not been destroyed. */
template <class T> bool alive(T* handle) { return handle != nullptr && living<T>().count(handle) != 0; }

template <class T> T* track(T* made) {
    living<T>().insert(made);
    return made;
}

template <class T> void dispose(T* made) {
    living<T>().erase(made);
    delete made;
}

/** Puts work at the end of a stream's queue, in the order that the default stream asks for. */
void enqueue(Stream* stream, const WorkPointer& work);
/** Runs queued work up to and with this. */
void complete(const WorkPointer& work);
/** Runs one piece of work or one node, with its checks. */
void execute(Context* context, const Work& work);
/** Queues or records. */
CUresult submitWork(CUstream stream, const WorkPointer& work);
/** The stream of a handle; null, with a message, where there is none. */
Stream* find(CUstream handle, CUresult& code);
CUresult invalidate(Stream* stream, const char* what);
void forgetCapture(const std::shared_ptr<Capture>& capture);
std::vector<std::shared_ptr<Capture>>& captures();

bool anyPending(const std::function<bool(const Work&)>& matches);

const Allocation* allocationAt(std::uintptr_t address);
bool isPinned(const void* address, std::size_t bytes);
bool inDeviceRange(const void* address);
/** Looks at the red zones of all allocations. */
CUresult checkRedZones(Context* context);
/** Lists and gives back what a context leaves; 0 where nothing is left. */
std::size_t releaseAll(Context* context);
std::string describeFault(const void* address);

void makeDefaultStream(Context* context);
void destroyStreams(Context* context);
void destroyModules(Context* context);
void destroyExecutables(Context* context);

/** Runs work; false where it touched memory that is not there. */
bool guarded(const std::function<void()>& work, const void*& fault);

unsigned long threadNumber();
unsigned long long newId();
int deviceCount();
/** VOLUTA_CUDA_SIMULATOR_MEMORY. */
std::size_t memoryLimit();
/** Of it, what other programs hold: VOLUTA_CUDA_SIMULATOR_TAKEN. */
std::size_t memoryTaken();
/** Ten times a version such as 11.8 that a variable gives. */
int tenths(const char* variable, int standard);
/** Ten times a device's compute capability: VOLUTA_CUDA_SIMULATOR_CAPABILITY has one for all, or a list. */
int capabilityOf(int device);
/** The code that VOLUTA_CUDA_SIMULATOR_FAULT has for a call, or for a kernel that is about to run; SUCCESS where it has none. */
CUresult misfortune(const std::string& name);
bool switchedOn(const char* variable, const char* value);

} // namespace simulator
