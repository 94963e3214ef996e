// Loops over parameters: the sum of squares and stochastic gradient descent, with the bits of the same loops in Java. Each
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

} // namespace voluta
