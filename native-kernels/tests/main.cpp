// Runs every test of the kernels; ends with 1 if one failed.
#include "testing.h"

int main() {
    testing::convolution();
    testing::elementwise();
    testing::reductions();
    testing::training();
    testing::normalization();
    testing::batchNormalization();
    testing::pooling();
    testing::shapes();
    std::printf("%d passed, %d failed\n", testing::counts.passed, testing::counts.failed);
    return testing::counts.failed == 0 ? 0 : 1;
}
