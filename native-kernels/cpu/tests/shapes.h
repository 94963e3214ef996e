// Random cases: how many and from which seed, as the program is told, and the sizes that they are drawn from.
//   PROGRAM                      the fixed cases and a few random ones
//   PROGRAM random COUNT [SEED]  so many random cases alone
#pragma once

#include <cstdlib>
#include <cstring>
#include <random>

struct Shapes {
    int count;
    bool alone;
    std::mt19937 from;

    Shapes(int argc, char** argv, int few) : count(few), alone(false), from(1) {
        if (argc < 3 || strcmp(argv[1], "random") != 0) return;
        alone = true;
        count = atoi(argv[2]);
        if (argc > 3) from.seed(static_cast<unsigned>(strtoul(argv[3], nullptr, 10)));
    }
    /** From `least` to `most`. */
    int operator()(int least, int most) { return least + static_cast<int>(from() % static_cast<unsigned>(most - least + 1)); }
    /** Whether something happens that does once in so many times. */
    bool once(int in) { return (*this)(1, in) == 1; }
    /** Sizes that are often small, since most borders are there. */
    int size(int most) { return once(3) ? (*this)(1, most) : (*this)(1, most < 9 ? most : 9); }
};
