// The little of OpenMP that the kernels use, on std::thread: the thread sanitizer sees these threads and how they wait for each other,
// which it does not in GCC's library. Teams are as large as they are asked to be, or smaller where VOLUTA_TEST_TEAM says so: OpenMP may do that too.
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <omp.h>
#include <thread>
#include <vector>

namespace {

struct Team {
    int size;
    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0, singles = 0;
    long round = 0;
};

thread_local Team* team = nullptr;
thread_local int number = 0, singles = 0;

} // namespace

extern "C" {

void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned) {
    Team own;
    const char* most = getenv("VOLUTA_TEST_TEAM");
    own.size = most && atoi(most) < static_cast<int>(threads) ? atoi(most) : static_cast<int>(threads);
    auto take = [&](int id) {
        team = &own;
        number = id;
        singles = 0;
        body(data);
        team = nullptr;
        number = 0;
    };
    std::vector<std::thread> others;
    for (int id = 1; id < own.size; id++) others.emplace_back(take, id);
    take(0);
    for (std::thread& t : others) t.join();
}

void GOMP_barrier() {
    std::unique_lock<std::mutex> lock(team->mutex);
    long round = team->round;
    if (++team->waiting == team->size) {
        team->waiting = 0;
        team->round++;
        team->changed.notify_all();
    } else {
        team->changed.wait(lock, [&] { return team->round != round; });
    }
}

/** Whether this thread is the first at its next single construct. */
bool GOMP_single_start() {
    std::lock_guard<std::mutex> lock(team->mutex);
    return singles++ == team->singles ? ++team->singles : false;
}

int omp_get_thread_num() { return number; }
int omp_get_num_threads() { return team ? team->size : 1; }
int omp_get_max_threads() { return 2; }

} // extern "C"
