// Modules and launches. A module's image tells which kernels there are, their parameters and limits; what runs are the same
// kernels, compiled for the CPU.
#include "image.h"
#include "state.h"
#include <algorithm>
#include <cstring>
#include <map>

namespace simulator {

struct Module {
    Context* context = nullptr;
    std::map<std::string, Function> functions;
};

namespace {
std::map<std::string, Kernel>& kernels() {
    static auto& all = *new std::map<std::string, Kernel>();
    return all;
}

constexpr unsigned SHARED_STANDARD = 48 << 10, SHARED_MOST = 227 << 10;

Function* requireFunction(CUfunction handle, CUresult& code) {
    Context* context = currentContext(code);
    if (context == nullptr) return nullptr;
    for (Module* module : living<Module>())
        for (auto& entry : module->functions)
            if (&entry.second == handle && module->context == context) return handle;
    code = refuse(INVALID_HANDLE, "this function does not exist, its module was unloaded, or it belongs to another context");
    return nullptr;
}

CUresult requireLaunch(const Function& f, Extent grid, Extent block, unsigned shared) {
    unsigned long threads = 1ul * block.x * block.y * block.z;
    const char* name = f.name.c_str();
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || threads == 0)
        return refuse(INVALID_VALUE, "%s: a grid of %u x %u x %u blocks of %lu threads", name, grid.x, grid.y, grid.z, threads);
    if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535)
        return refuse(INVALID_VALUE, "%s: a grid of %u x %u x %u blocks is too large", name, grid.x, grid.y, grid.z);
    if (threads > 1024 || block.x > 1024 || block.y > 1024 || block.z > 64)
        return refuse(INVALID_VALUE, "%s: a block of %u x %u x %u threads is too large", name, block.x, block.y, block.z);
    if (threads > f.maximumThreads)
        return refuse(LAUNCH_OUT_OF_RESOURCES, "%s: %lu threads, but it was compiled for %u", name, threads, f.maximumThreads);
    if (shared > f.dynamicLimit || f.sharedBytes + shared > SHARED_MOST)
        return refuse(INVALID_VALUE, "%s: %u bytes of shared memory, %u allowed", name, shared, f.dynamicLimit);
    return SUCCESS;
}

/** The arguments of one launch, copied when it is queued. */
struct Arguments {
    std::vector<std::vector<char>> values;
    std::vector<Access> accesses;
    std::vector<std::string> names;
};

CUresult take(const Function& f, void** from, Arguments& to) {
    const std::vector<Parameter>& parameters = f.kernel->parameters;
    if (parameters.size() != f.parameterBytes.size())
        return refuse(INVALID_IMAGE, "%s: the image has %zu parameters, the source %zu; compile the kernels again", f.name.c_str(),
                      f.parameterBytes.size(), parameters.size());
    if (from == nullptr && !parameters.empty()) return refuse(INVALID_VALUE, "%s: no arguments", f.name.c_str());
    to.names.reserve(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); i++) {
        if (parameters[i].bytes != f.parameterBytes[i])
            return refuse(INVALID_IMAGE, "%s: parameter %zu has %u bytes in the image and %u in the source; compile the kernels again",
                          f.name.c_str(), i, f.parameterBytes[i], parameters[i].bytes);
        if (from[i] == nullptr) return refuse(INVALID_VALUE, "%s: argument %zu is missing", f.name.c_str(), i);
        const char* value = static_cast<const char*>(from[i]);
        to.values.emplace_back(value, value + parameters[i].bytes);
        if (!parameters[i].pointer) continue;
        void* pointer = nullptr;
        std::memcpy(&pointer, value, sizeof pointer);
        if (pointer == nullptr) continue; // for arguments that are left out
        to.names.push_back("argument " + std::to_string(i));
        to.accesses.push_back({pointer, 0, to.names.back().c_str()});
    }
    return SUCCESS;
}
} // namespace

bool addKernel(const Kernel& kernel) { return kernels().emplace(kernel.name, kernel).second; }

void destroyModules(Context* context) {
    std::vector<Module*> own;
    for (Module* module : living<Module>())
        if (module->context == context) own.push_back(module);
    for (Module* module : own) dispose(module);
}

const Kernel* findKernel(const char* name) {
    auto found = kernels().find(name);
    return found == kernels().end() ? nullptr : &found->second;
}

} // namespace simulator

using namespace simulator;

EXPORTED CUresult cuModuleLoadData(CUmodule* module, const void* image) {
    Call call("cuModuleLoadData");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    if (module == nullptr || image == nullptr) return refuse(INVALID_VALUE, "no image");
    if ((code = requireNoCapture("a module cannot be loaded"))) return code;
    auto made = std::make_unique<Module>();
    made->context = context;
    std::vector<Function> functions;
    if ((code = readImage(image, capabilityOf(context->device), functions))) return code;
    for (Function& function : functions) {
        function.module = made.get();
        function.kernel = findKernel(function.name.c_str());
        made->functions[function.name] = function;
    }
    *module = track(made.release());
    return SUCCESS;
}

EXPORTED CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, int*, void**) {
    return cuModuleLoadData(module, image);
}

EXPORTED CUresult cuModuleUnload(CUmodule module) {
    Call call("cuModuleUnload");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr && code != ILLEGAL_ADDRESS) return code;
    if (!alive(module)) return refuse(INVALID_HANDLE, "this module does not exist, or was unloaded before");
    if ((code = requireNoCapture("a module cannot be unloaded"))) return code;
    if (anyPending([&](const Work& work) { return work.module == module; }))
        return refuse(INVALID_VALUE, "queued work still uses this module; wait for it first");
    dispose(module);
    return SUCCESS;
}

EXPORTED CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
    Call call("cuModuleGetFunction");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr) return code;
    if (!alive(module)) return refuse(INVALID_HANDLE, "this module does not exist, or was unloaded");
    auto found = module->functions.find(name);
    if (found == module->functions.end()) return refuse(NOT_FOUND, "the module has no kernel named %s", name);
    if (found->second.kernel == nullptr)
        return refuse(NOT_FOUND, "%s is in the image, but not in the sources that the simulated device was built from", name);
    *function = &found->second;
    return SUCCESS;
}

EXPORTED CUresult cuFuncGetModule(CUmodule* module, CUfunction handle) {
    Call call("cuFuncGetModule");
    CUresult code = SUCCESS;
    Function* f = requireFunction(handle, code);
    if (f != nullptr) *module = f->module;
    return code;
}

EXPORTED CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
    Call call("cuFuncGetAttribute");
    CUresult code = SUCCESS;
    Function* f = requireFunction(handle, code);
    if (f == nullptr) return code;
    switch (attribute) {
    case 0: *value = static_cast<int>(f->maximumThreads); break;
    case 1: *value = static_cast<int>(f->sharedBytes); break;
    case 4: *value = 32; break; // registers
    case 5:
    case 6: *value = capabilityOf(f->module->context->device); break;
    case 8: *value = static_cast<int>(f->dynamicLimit); break;
    default: *value = 0;
    }
    return SUCCESS;
}

EXPORTED CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
    Call call("cuFuncSetAttribute");
    CUresult code = SUCCESS;
    Function* f = requireFunction(handle, code);
    if (f == nullptr) return code;
    if (attribute == 9) return SUCCESS; // how the first-level cache is shared out
    if (attribute != 8) return refuse(INVALID_VALUE, "attribute %d cannot be set", attribute);
    if (value < 0 || static_cast<unsigned>(value) + f->sharedBytes > SHARED_MOST)
        return refuse(INVALID_VALUE, "%d bytes of shared memory are more than a block may have", value);
    f->dynamicLimit = static_cast<unsigned>(value);
    return SUCCESS;
}

EXPORTED CUresult cuFuncSetCacheConfig(CUfunction handle, int) {
    Call call("cuFuncSetCacheConfig");
    CUresult code = SUCCESS;
    requireFunction(handle, code);
    return code;
}

EXPORTED CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction handle, int threads, std::size_t shared) {
    Call call("cuOccupancyMaxActiveBlocksPerMultiprocessor");
    CUresult code = SUCCESS;
    Function* f = requireFunction(handle, code);
    if (f == nullptr) return code;
    if (threads <= 0 || blocks == nullptr) return refuse(INVALID_VALUE, "%d threads", threads);
    std::size_t perBlock = f->sharedBytes + shared;
    int byMemory = perBlock == 0 ? 32 : static_cast<int>((228 << 10) / (perBlock + 1024));
    *blocks = static_cast<unsigned>(threads) > f->maximumThreads ? 0 : std::min({32, 2048 / threads, byMemory});
    return SUCCESS;
}

EXPORTED CUresult cuLaunchKernel(CUfunction handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                                 unsigned blockZ, unsigned shared, CUstream stream, void** parameters, void** extra) {
    Call call("cuLaunchKernel");
    CUresult code = SUCCESS;
    Function* f = requireFunction(handle, code);
    if (f == nullptr) return code;
    if (extra != nullptr) return refuse(NOT_SUPPORTED, "arguments in \"extra\" are not simulated");
    Extent grid{gridX, gridY, gridZ}, block{blockX, blockY, blockZ};
    auto arguments = std::make_shared<Arguments>();
    if ((code = requireLaunch(*f, grid, block, shared)) || (code = take(*f, parameters, *arguments))) return code;
    for (const Access& access : arguments->accesses)
        if (requireAccess(access, ILLEGAL_ADDRESS) != SUCCESS)
            return refuse(ILLEGAL_ADDRESS, "%s was not launched", f->name.c_str());
    auto work = std::make_shared<Work>();
    work->what = f->name;
    work->accesses = arguments->accesses;
    work->module = f->module;
    work->run = [kernel = f->kernel, grid, block, arguments] {
        std::vector<void*> addresses;
        for (auto& value : arguments->values) addresses.push_back(value.data());
        kernel->run(grid, block, addresses.data());
    };
    return submitWork(stream, work);
}

EXPORTED CUresult cuLaunchHostFunc(CUstream stream, void (*function)(void*), void* data) {
    Call call("cuLaunchHostFunc");
    CUresult code = requireStream(stream);
    if (code != SUCCESS) return code;
    if (function == nullptr) return refuse(INVALID_VALUE, "no function");
    auto work = std::make_shared<Work>();
    work->what = "host function";
    work->run = [=] { function(data); };
    return submitWork(stream, work);
}
