// Copies a box of elements from one strided place to another: slicing, joining, transposing (voluta.op.Slice, Concatenation,
// Transpose). Elements are words of 1, 2, 4, 8 or 16 bytes, whatever they mean: the host joins neighbours into the largest
// word that divides runs, strides and addresses.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads and writes the box. The host orders dimensions so that writes
// are neighbours; where reads are not, and two dimensions merely change places, reorder.cu is faster. Rate: not seen on a
// GPU yet.
#include "include/strides.cuh"

namespace voluta {

struct alignas(16) Word16 {
    unsigned at[4];
};

template <class Index, class Word>
VOLUTA_DEVICE void stridedCopyLoop(const Word* x, Word* y, long long n, const Strides& s) {
    for (long long i = globalThread(); i < n; i += globalThreads()) {
        Offsets at = offsets<Index>(s, i);
        y[at.b] = x[at.a];
    }
}

template <class Word> VOLUTA_DEVICE void stridedCopy(const Word* x, Word* y, long long n, const Strides& s) {
    if (n <= 0xffffffffLL) stridedCopyLoop<unsigned>(x, y, n, s);
    else stridedCopyLoop<unsigned long long>(x, y, n, s);
}

} // namespace voluta

using voluta::Strides;
using voluta::Word16;

/** @param s the box's sizes, and the strides of x (operand a) and y (operand b), all counted in words */
extern "C" __global__ void __launch_bounds__(256)
    strided_copy_1(const unsigned char* x, unsigned char* y, long long n, const __grid_constant__ Strides s) {
    voluta::stridedCopy(x, y, n, s);
}

extern "C" __global__ void __launch_bounds__(256)
    strided_copy_2(const unsigned short* x, unsigned short* y, long long n, const __grid_constant__ Strides s) {
    voluta::stridedCopy(x, y, n, s);
}

extern "C" __global__ void __launch_bounds__(256)
    strided_copy_4(const unsigned* x, unsigned* y, long long n, const __grid_constant__ Strides s) {
    voluta::stridedCopy(x, y, n, s);
}

extern "C" __global__ void __launch_bounds__(256)
    strided_copy_8(const unsigned long long* x, unsigned long long* y, long long n, const __grid_constant__ Strides s) {
    voluta::stridedCopy(x, y, n, s);
}

extern "C" __global__ void __launch_bounds__(256)
    strided_copy_16(const Word16* x, Word16* y, long long n, const __grid_constant__ Strides s) {
    voluta::stridedCopy(x, y, n, s);
}
