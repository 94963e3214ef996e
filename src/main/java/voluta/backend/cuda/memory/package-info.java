/**
 * The device-memory manager: regions out of a few large device allocations, counted by purpose.
 *
 * <p>{@link voluta.backend.cuda.memory.DeviceMemoryManager} owns all device memory and all pinned host memory of one
 * opened backend; it speaks to the device through the small interface {@link
 * voluta.backend.cuda.memory.DeviceDriver}, so its tests run in host memory.
 *
 * <p>Invariants: addresses are multiples of 256. A refused allocation changes nothing. Memory is freed by closing its
 * region, exactly once; closing the manager while something lives frees it and says what it was. Nothing here is called
 * during a training step, so every operation may wait for the device.
 *
 * <p>Refused: a caching allocator with size classes (the graph is static: there are a handful of regions per session),
 * spilling to host memory, cleaners.
 */
package voluta.backend.cuda.memory;
