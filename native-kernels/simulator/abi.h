// The part of the CUDA driver's binary interface that the simulated device answers: types, result codes and constants, by
// their numbers. CUDA's own headers are not needed to build it.
#pragma once
#include <cstddef>
#include <cstdint>

#define EXPORTED extern "C" __attribute__((visibility("default")))

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;

namespace simulator {
struct Context;
struct Stream;
struct Event;
struct Graph;
struct GraphNode;
struct Executable;
struct Module;
struct Function;
} // namespace simulator

using CUcontext = simulator::Context*;
using CUstream = simulator::Stream*;
using CUevent = simulator::Event*;
using CUgraph = simulator::Graph*;
using CUgraphNode = simulator::GraphNode*;
using CUgraphExec = simulator::Executable*;
using CUmodule = simulator::Module*;
using CUfunction = simulator::Function*;

/** Result codes. */
enum : CUresult {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    DEINITIALIZED = 4,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218,
    INVALID_HANDLE = 400,
    ILLEGAL_STATE = 401,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    LAUNCH_OUT_OF_RESOURCES = 701,
    PRIMARY_CONTEXT_ACTIVE = 708,
    CONTEXT_IS_DESTROYED = 709,
    MISALIGNED_ADDRESS = 716,
    NOT_PERMITTED = 800,
    NOT_SUPPORTED = 801,
    CAPTURE_UNSUPPORTED = 900,
    CAPTURE_INVALIDATED = 901,
    CAPTURE_MERGE = 902,
    CAPTURE_UNMATCHED = 903,
    CAPTURE_UNJOINED = 904,
    CAPTURE_ISOLATION = 905,
    CAPTURE_IMPLICIT = 906,
    CAPTURED_EVENT = 907,
    CAPTURE_WRONG_THREAD = 908,
};

constexpr unsigned STREAM_NON_BLOCKING = 1;
constexpr unsigned EVENT_DISABLE_TIMING = 2;
constexpr int CAPTURE_GLOBAL = 0, CAPTURE_THREAD_LOCAL = 1, CAPTURE_RELAXED = 2;
/** cuLaunchKernel and the copies take these in place of a stream. */
constexpr std::uintptr_t LEGACY_STREAM = 1, PER_THREAD_STREAM = 2;
