// From arguments by address, as a launch gives them, to the call of an emulated kernel. Included after a .cu file.
#pragma once
#include "kernels.h"
#include <tuple>
#include <type_traits>
#include <utility>

namespace simulator {

template <auto KERNEL> struct Trampoline;

template <class... A, void (*KERNEL)(A...)> struct Trampoline<KERNEL> {
    template <std::size_t... I>
    static void call(Extent grid, Extent block, void* const* arguments, std::index_sequence<I...>) {
        std::tuple<A...> values(*static_cast<A*>(arguments[I])...);
        emulation::launch(dim3(grid.x, grid.y, grid.z), dim3(block.x, block.y, block.z), [&] { KERNEL(std::get<I>(values)...); });
    }

    static void run(Extent grid, Extent block, void* const* arguments) {
        call(grid, block, arguments, std::index_sequence_for<A...>());
    }

    static Kernel kernel(const char* name) {
        return {name, {Parameter{static_cast<unsigned>(sizeof(A)), std::is_pointer<A>::value}...}, run};
    }
};

} // namespace simulator
