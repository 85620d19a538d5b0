package lattice.bench.subject;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import redis.clients.jedis.Jedis;

/** Redis with an append-only file that is synced at every write, a connection a thread. */
final class RedisSubject implements Subject {
    private final int port;
    private final PeerProcess server;

    RedisSubject(Path folder) throws Exception {
        port = PeerProcess.freePort();
        server = PeerProcess.start(folder, "redis-server", port, List.of("redis-server", "--bind", "127.0.0.1", "--port",
                Integer.toString(port), "--dir", folder.toString(), "--appendonly", "yes", "--appendfsync", "always",
                "--save", ""));
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public Session session() {
        Jedis connection = new Jedis("127.0.0.1", port);
        return new Session() {
            @Override
            public void put(String key, byte[] value) {
                connection.set(key.getBytes(UTF_8), value);
            }

            @Override
            public byte[] get(String key) {
                return connection.get(key.getBytes(UTF_8));
            }

            @Override
            public OptionalLong scan(String prefix) {
                return OptionalLong.empty();
            }

            @Override
            public void close() {
                connection.close();
            }
        };
    }

    /** What Redis publishes is neither durable nor resumable, so it is no watch. */
    @Override
    public Optional<AutoCloseable> watch(String prefix, Watcher watcher) {
        return Optional.empty();
    }

    @Override
    public void close() {
        server.close();
    }
}
