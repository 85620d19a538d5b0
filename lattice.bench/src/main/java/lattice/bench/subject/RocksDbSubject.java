package lattice.bench.subject;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/** RocksDB in this process, its log synced at every write (its own group commit included). */
final class RocksDbSubject implements Subject, Subject.Session {
    private final Options options;
    private final WriteOptions durable;
    private final RocksDB db;

    RocksDbSubject(Path folder) throws Exception {
        try {
            RocksDB.loadLibrary();
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            throw new UnavailableException("RocksDB's native library is not here: run with -Pbench on Linux x86-64");
        }
        options = new Options().setCreateIfMissing(true);
        durable = new WriteOptions().setSync(true);
        db = RocksDB.open(options, folder.toString());
    }

    @Override
    public String name() {
        return "rocksdb";
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
    public void put(String key, byte[] value) throws Exception {
        db.put(durable, key.getBytes(UTF_8), value);
    }

    @Override
    public byte[] get(String key) throws Exception {
        return db.get(key.getBytes(UTF_8));
    }

    @Override
    public OptionalLong scan(String prefix) {
        byte[] start = (prefix + "/").getBytes(UTF_8);
        long rows = 0;
        try (RocksIterator rest = db.newIterator()) {
            for (rest.seek(start); rest.isValid() && startsWith(rest.key(), start); rest.next()) {
                rest.value();
                rows++;
            }
        }
        return OptionalLong.of(rows);
    }

    private static boolean startsWith(byte[] key, byte[] start) {
        return key.length >= start.length && Arrays.equals(key, 0, start.length, start, 0, start.length);
    }

    @Override
    public void close() {
        db.close();
        durable.close();
        options.close();
    }
}
