// Copies between strided places.
#include "testing.h"

#include "strided_copy.cu"

namespace testing {
namespace {

using voluta::Strides;

/** Copies a box of words; what is around it in y must stay. */
template <class Word, class Kernel>
void copies(const std::string& name, std::vector<long long> size, std::vector<long long> from, std::vector<long long> to,
            const Kernel& kernel) {
    test("strided copy of " + name, [&] {
        Strides s{};
        s.rank = static_cast<long long>(size.size());
        long long n = 1, nx = 1, ny = 1;
        for (std::size_t d = 0; d < size.size(); d++) {
            s.size[d] = size[d];
            s.a[d] = from[d];
            s.b[d] = to[d];
            n *= size[d];
            nx += (size[d] - 1) * from[d];
            ny += (size[d] - 1) * to[d];
        }
        std::vector<Word> x(nx), y(ny), expected(ny);
        auto* bytes = reinterpret_cast<unsigned char*>(x.data());
        for (std::size_t i = 0; i < nx * sizeof(Word); i++) bytes[i] = static_cast<unsigned char>(i * 37 + i / 251);
        for (long long i = 0; i < n; i++) {
            long long rest = i, a = 0, b = 0;
            for (int d = static_cast<int>(size.size()) - 1; d >= 0; d--) {
                a += rest % size[d] * from[d];
                b += rest % size[d] * to[d];
                rest /= size[d];
            }
            expected[b] = x[a];
        }
        emulation::launch(2, 64, [&] { kernel(x.data(), y.data(), n, s); });
        check(std::memcmp(y.data(), expected.data(), ny * sizeof(Word)) == 0, "the box or what is around it differs");
    });
}

template <class Word, class Kernel> void word(const std::string& name, const Kernel& kernel) {
    copies<Word>(name + ", a box out of a volume", {3, 4, 5}, {63, 9, 1}, {20, 5, 1}, kernel);
    copies<Word>(name + ", a box into a volume", {3, 4, 5}, {20, 5, 1}, {70, 10, 2}, kernel);
    copies<Word>(name + ", transposed", {7, 1, 3, 2, 5, 2}, {1, 9, 14, 7, 42, 210}, {60, 60, 20, 10, 2, 1}, kernel);
    copies<Word>(name + ", one", {1}, {1}, {1}, kernel);
}

} // namespace

void shapes() {
    word<unsigned char>("bytes", strided_copy_1);
    word<unsigned short>("2 bytes", strided_copy_2);
    word<unsigned>("4 bytes", strided_copy_4);
    word<unsigned long long>("8 bytes", strided_copy_8);
    word<voluta::Word16>("16 bytes", strided_copy_16);
}

} // namespace testing
