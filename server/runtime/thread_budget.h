// How many threads a model may use: the CPUs that the cgroup grants, shared between requests that
// run side by side and the threads inside one of them.

#ifndef SCONCE_SERVER_RUNTIME_THREAD_BUDGET_H_
#define SCONCE_SERVER_RUNTIME_THREAD_BUDGET_H_

namespace sconce {

struct ThreadBudget {
  int instances = 1;  // requests of one model that run at the same time
  int intra_op = 1;   // threads inside each
};

// CPUs this process may use: the cgroup's quota (v1 and v2, rounded up) and the affinity mask,
// whichever is less; >= 1.
int AvailableCpus();

// Divides `cpus`, so that instances * intra_op <= max(cpus, instances). `instances` 0: about the
// square root of `cpus`, two at least where there are two: small machines run requests side by
// side, large ones also speed up each.
ThreadBudget DivideCpus(int cpus, int instances);

// Sets LibTorch's intra-op thread count for the calling thread (the count is per thread; every
// thread that runs a model says its own).
void UseIntraOpThreads(int threads);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_THREAD_BUDGET_H_
