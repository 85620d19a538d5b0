package lattice.kernel.internal.store;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.ServiceId;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.ByteReader;
import lattice.kernel.internal.codec.ByteWriter;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;

/**
 * The operation ids of this node's own transactions of the last 24 hours, so that a retry is answered and not repeated. Each
 * service has ids of its own. It is remade from the log at a restart. Should there be more than {@link #MAX} in 24 hours,
 * the oldest are forgotten early: memory stays bounded. Written by the writer alone.
 */
final class Operations {
    static final int MAX = 256 * 1024;
    static final Duration KEPT = Duration.ofHours(24);

    private final LinkedHashMap<Hash, Done> done = new LinkedHashMap<>();

    /** What was answered. */
    record Done(long revision, Version version) {
    }

    static Hash id(Optional<ServiceId> service, String operationId) {
        ByteWriter out = new ByteWriter(128);
        out.text(service.map(ServiceId::name).orElse("")).text(operationId);
        return Hash.of(out.buffer(), 0, out.length());
    }

    synchronized Optional<Done> find(Hash id, HybridTime now) {
        forgetBefore(now);
        return Optional.ofNullable(done.get(id));
    }

    synchronized void add(Hash id, long revision, Version version) {
        if (done.size() >= MAX) {
            Iterator<Hash> oldest = done.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        done.putIfAbsent(id, new Done(revision, version));
    }

    private void forgetBefore(HybridTime now) {
        long oldest = now.millis() - KEPT.toMillis();
        for (Iterator<Done> it = done.values().iterator(); it.hasNext() && it.next().version.time().millis() < oldest;) {
            it.remove();
        }
    }

    synchronized void write(ByteWriter out) {
        out.varint(done.size());
        for (Map.Entry<Hash, Done> entry : done.entrySet()) {
            entry.getKey().write(out);
            out.varint(entry.getValue().revision);
            Version version = entry.getValue().version;
            Authors.write(out, version.author());
            Authors.writeVersion(out, version, version.author());
        }
    }

    synchronized void read(ByteReader in) throws FormatException {
        int count = in.varint(MAX);
        for (int i = 0; i < count; i++) {
            Hash id = Hash.read(in);
            long revision = in.varint();
            done.put(id, new Done(revision, Authors.readVersion(in, Authors.read(in))));
        }
    }
}
