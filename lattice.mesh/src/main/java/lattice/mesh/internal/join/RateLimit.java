package lattice.mesh.internal.join;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** How often visitors may fail: so many at once, and one more after each while; by place, and all together. */
final class RateLimit {
    static final int MAX_PLACES = 10_000;

    private final int burst;
    private final long refillMillis;
    private final LongSupplier millis;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MAX_PLACES;
        }
    };

    private static final class Bucket {
        private double left;
        private long asOf;
    }

    RateLimit(int burst, long refillMillis, LongSupplier millis) {
        this.burst = burst;
        this.refillMillis = refillMillis;
        this.millis = millis;
    }

    /** Takes one try of a place, if it has one. */
    synchronized boolean take(String place) {
        long now = millis.getAsLong();
        Bucket bucket = buckets.computeIfAbsent(place, key -> {
            Bucket full = new Bucket();
            full.left = burst;
            full.asOf = now;
            return full;
        });
        bucket.left = Math.min(burst, bucket.left + (double) (now - bucket.asOf) / refillMillis);
        bucket.asOf = now;
        if (bucket.left < 1) {
            return false;
        }
        bucket.left--;
        return true;
    }

    /** How many places are remembered. */
    synchronized int places() {
        return buckets.size();
    }
}
