package lattice.rpc.internal;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** What this process holds: all that can be reached in the heap, and the buffers beside it. */
final class MemoryInUse {
    private MemoryInUse() {
    }

    /** Bytes, after what is garbage was thrown away. */
    static long bytes() {
        // The second one takes what the first one's finding out made free.
        System.gc();
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
        // Netty counts what it allocates by itself, of which Java knows all or nothing.
        return heap + Math.max(buffers, PlatformDependent.usedDirectMemory());
    }
}
