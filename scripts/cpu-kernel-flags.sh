# How native-kernels/cpu is compiled, for the library and for its tests; to be sourced.
compiler=${CXX:-g++}
command -v "$compiler" >/dev/null || { echo "$0 needs $compiler; install g++" >&2; exit 1; }

# GCC takes the undefined operands of its own AVX-512 intrinsics for uninitialized variables
cpu_flags=(-std=c++17 -fopenmp -fno-exceptions -fno-rtti -Wall -Wextra -Werror -Wno-maybe-uninitialized)

# compile_cpu_kernels FOLDER FLAGS...: an object for each instruction set
compile_cpu_kernels() {
  local into=$1
  shift
  "$compiler" "${cpu_flags[@]}" "$@" -mavx2 -mfma -c native-kernels/cpu/kernels_avx2.cpp -o "$into/kernels_avx2.o"
  local avx512=(-mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512)
  "$compiler" "${cpu_flags[@]}" "$@" "${avx512[@]}" -c native-kernels/cpu/kernels_avx512.cpp -o "$into/kernels_avx512.o"
  "$compiler" "${cpu_flags[@]}" "$@" "${avx512[@]}" -mavx512bf16 -c native-kernels/cpu/weight_dots.cpp -o "$into/weight_dots.o"
  "$compiler" "${cpu_flags[@]}" "$@" -mavx2 -ffp-contract=off -fno-math-errno -c native-kernels/cpu/updates.cpp -o "$into/updates.o"
}
