// A stand-in for NVIDIA's management library where there is no GPU: two devices, of which the second does not answer.
extern "C" {

struct utilization
{
  unsigned gpu, memory;
};
struct memory
{
  unsigned long long total, free, used;
};

// NOLINTBEGIN(readability-identifier-naming): the names are NVIDIA's
int nvmlInit_v2()
{
  return 0;
}
int nvmlShutdown()
{
  return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count)
{
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device)
{
  static int first = 0;
  *device = &first;
  return index == 0 ? 0 : 15; // NVML_ERROR_GPU_IS_LOST
}
int nvmlDeviceGetUtilizationRates(void*, utilization* rates)
{
  *rates = {73, 10};
  return 0;
}
int nvmlDeviceGetMemoryInfo(void*, memory* info)
{
  *info = {8'000'000'000ULL, 5'000'000'000ULL, 3'000'000'000ULL};
  return 0;
}

// NOLINTEND(readability-identifier-naming)

} // extern "C"
