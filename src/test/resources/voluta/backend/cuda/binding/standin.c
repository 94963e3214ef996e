/* The few functions of the CUDA libraries that loading and memory need, over host memory: a stand-in for tests of the
 * loader. It computes nothing. Built several times: with DRIVER, CUBLAS or CUDNN defined; CUDA is the CUDA version. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef DRIVER
int cuInit(unsigned flags) { return flags == 0 ? INIT_RESULT : 1; }
int cuDriverGetVersion(int *version) { *version = CUDA * 1000 + 40; return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { (void)device; *bytes = 1ul << 33; return 0; }
int cuDeviceGetName(char *name, int length, int device) { (void)device; strncpy(name, "Stand-in", length); return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  *value = attribute == 75 ? 8 : attribute == 76 ? 6 : 0; /* compute capability, major and minor */
  return 0;
}
int cuGetErrorName(int code, const char **name) { *name = code == 100 ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR"; return 0; }
int cuGetErrorString(int code, const char **text) { (void)code; *text = "stand-in error"; return 0; }

static uint64_t live;
int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  if (bytes > (1u << 28)) return 2;
  *address = (uint64_t)(uintptr_t)aligned_alloc(512, (bytes + 511) / 512 * 512);
  live = *address;
  return 0;
}
int cuMemFree_v2(uint64_t address) {
  if (address != live) return 1;
  live = 0;
  free((void *)(uintptr_t)address);
  return 0;
}
int cuMemsetD8_v2(uint64_t address, unsigned char value, size_t bytes) {
  memset((void *)(uintptr_t)address, value, bytes);
  return 0;
}
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) { memcpy(to, (void *)(uintptr_t)from, bytes); return 0; }
int cuMemGetInfo_v2(size_t *free_, size_t *total) { *free_ = 1u << 28; *total = 1u << 29; return 0; }
int cuCtxSynchronize(void) { return 0; }
int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) { (void)flags; *address = malloc(bytes); return 0; }
int cuMemFreeHost(void *address) { free(address); return 0; }
#endif
#ifdef CUBLAS
int cublasGetProperty(int type, int *value) { *value = type == 0 ? CUDA : 0; return 0; }
#endif
#ifdef CUDNN
size_t cudnnGetCudartVersion(void) { return CUDA * 1000; }
#endif
