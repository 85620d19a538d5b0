package lattice.bench.subject;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** H2's MVStore in this process. It has no group commit, so writers share one here: who commits, commits for all. */
final class MvStoreSubject implements Subject, Subject.Session {
    private final MVStore store;
    private final MVMap<String, byte[]> map;
    private final Object commitLock = new Object();
    private long committed = -1;

    MvStoreSubject(Path folder) {
        store = new MVStore.Builder().fileName(folder.resolve("store.mv").toString()).autoCommitDisabled().open();
        map = store.openMap("bench");
    }

    @Override
    public String name() {
        return "mvstore";
    }

    @Override
    public Session session() {
        return new Shared(this);
    }

    @Override
    public Optional<AutoCloseable> watch(String prefix, Watcher watcher) {
        return Optional.empty();
    }

    @Override
    public void put(String key, byte[] value) {
        map.put(key, value);
        long version = store.getCurrentVersion();
        synchronized (commitLock) {
            // Written before the version that was current then; if that is committed, another thread did it for this one.
            if (committed < version) {
                store.commit();
                store.sync();
                committed = store.getCurrentVersion() - 1;
            }
        }
    }

    @Override
    public byte[] get(String key) {
        return map.get(key);
    }

    @Override
    public OptionalLong scan(String prefix) {
        long rows = 0;
        for (Iterator<String> keys = map.keyIterator(prefix + "/"); keys.hasNext();) {
            String key = keys.next();
            if (!key.startsWith(prefix + "/")) {
                break;
            }
            map.get(key);
            rows++;
        }
        return OptionalLong.of(rows);
    }

    @Override
    public void close() {
        store.close();
    }
}
