package lattice.bench.measure;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;

/** What this process holds on its heap. */
public final class Heap {
    private Heap() {
    }

    /** What a full collection leaves, without what other threads have made since; bytes. */
    public static long inUse() {
        System.gc();
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed()).sum();
    }
}
