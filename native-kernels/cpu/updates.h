// Loops over parameters: the sum of squares, stochastic gradient descent and Adam, with the bits of the same loops in Java. Each
// reads and writes its arrays once, at the speed of memory.
#pragma once

namespace voluta {

/** The sum of squares in double: eight sums, of every eighth element each, added in pairs. */
double squares(const float* x, int n);

/** p -= rate (g + decay p). */
void sgd(float* p, const float* g, int n, float rate, float decay);

/** v = keep v + take (g + decay p); p -= rate v. */
void sgdMomentum(float* p, const float* g, float* v, int n, float rate, float decay, float keep, float take);

/** d = g + decay p; v = keep v + d; p -= rate (d + momentum v). */
void sgdNesterov(float* p, const float* g, float* v, int n, float rate, float decay, float keep, float momentum);

/** What a step of Adam is made of. */
struct Adam {
    float beta1, beta2, gamma1, gamma2, epsilon; // decay of both means, and what of the gradient goes into them
    float rate, rootScale; // with the corrections of bias
    float shrink, decay; // what p is multiplied by, and how much of it is added to the gradient
};

/** d = g + decay p; mean and square are those of d; p = shrink p - rate mean / (root of square * rootScale + epsilon). */
void adam(float* p, const float* g, float* mean, float* square, int n, const Adam& step);

} // namespace voluta
