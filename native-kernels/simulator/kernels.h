// The kernels that were compiled into the simulated device: each object file of a .cu file adds its own.
#pragma once
#include <cstddef>
#include <vector>

namespace simulator {

struct Parameter {
    unsigned bytes;
    bool pointer;
};

struct Extent {
    unsigned x, y, z;
};

struct Kernel {
    const char* name;
    std::vector<Parameter> parameters;
    /** arguments[i] points at parameter i. */
    void (*run)(Extent grid, Extent block, void* const* arguments);
};

/** Makes a kernel known; called while the library is loaded. */
bool addKernel(const Kernel& kernel);

/** Null where there is none of this name. */
const Kernel* findKernel(const char* name);

} // namespace simulator
