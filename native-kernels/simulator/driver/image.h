// What a module's image, PTX text or machine code, tells of its kernels.
#pragma once
#include "../kernels.h"
#include "../device.h"
#include <string>
#include <vector>

namespace simulator {

/** A kernel as an image declares it. */
struct Function {
    std::string name;
    Module* module = nullptr;
    std::vector<unsigned> parameterBytes;
    unsigned maximumThreads = 1024;
    unsigned sharedBytes = 0, dynamicLimit = 48 << 10;
    const Kernel* kernel = nullptr;
};

/**
 * The kernels of an image, in no order, for a device of ten times this compute capability. Refused as by a driver: PTX newer than its compiler, machine code of another chip, and
 * machine code of any where CUDA_FORCE_PTX_JIT is set.
 */
CUresult readImage(const void* image, int capability, std::vector<Function>& functions);

} // namespace simulator
