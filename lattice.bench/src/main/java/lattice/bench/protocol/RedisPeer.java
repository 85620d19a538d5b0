package lattice.bench.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import lattice.bench.subject.PeerProcess;

/** Redis with an append-only file that is synced at every write; commands are pipelined (RESP2). */
final class RedisPeer implements Peer {
    private final PeerProcess server;
    private final List<Connection> connections = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();

    RedisPeer(Path folder) throws Exception {
        int port = PeerProcess.freePort();
        server = PeerProcess.start(folder, "redis-server", port, List.of("redis-server", "--bind", "127.0.0.1", "--port",
                Integer.toString(port), "--dir", folder.toString(), "--appendonly", "yes", "--appendfsync", "always",
                "--save", ""));
        for (int i = 0; i < Calls.CONNECTIONS; i++) {
            connections.add(new Connection(port));
        }
    }

    /** One connection; answers come in the order of the commands. */
    private static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final OutputStream out;
        private final Queue<CompletableFuture<byte[]>> waiting = new ArrayDeque<>(); // guarded by this

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            out = socket.getOutputStream();
            Thread reader = new Thread(this::read, "bench-redis");
            reader.setDaemon(true);
            reader.start();
        }

        synchronized CompletionStage<byte[]> command(byte[]... words) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(("*" + words.length + "\r\n").getBytes(UTF_8));
            for (byte[] word : words) {
                bytes.writeBytes(("$" + word.length + "\r\n").getBytes(UTF_8));
                bytes.writeBytes(word);
                bytes.writeBytes(new byte[] {'\r', '\n'});
            }
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            waiting.add(answer);
            try {
                out.write(bytes.toByteArray());
            } catch (IOException e) {
                answer.completeExceptionally(e);
            }
            return answer;
        }

        private void read() {
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16))) {
                while (true) {
                    String line = line(in);
                    byte[] answer = new byte[0];
                    if (line.startsWith("$") && !line.equals("$-1")) {
                        answer = in.readNBytes(Integer.parseInt(line.substring(1)));
                        in.skipNBytes(2);
                    }
                    CompletableFuture<byte[]> first;
                    synchronized (this) {
                        first = waiting.remove();
                    }
                    if (line.startsWith("-")) {
                        first.completeExceptionally(new IOException(line));
                    } else {
                        first.complete(answer);
                    }
                }
            } catch (IOException e) {
                synchronized (this) {
                    waiting.forEach(answer -> answer.completeExceptionally(e));
                }
            }
        }

        private static String line(DataInputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\r'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException("Redis closed the connection.");
                }
                line.append((char) next);
            }
            in.skipNBytes(1);
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private Connection connection() {
        return connections.get(Math.floorMod(next.getAndIncrement(), connections.size()));
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public long pid() {
        return server.pid();
    }

    @Override
    public CompletionStage<?> put(String key, byte[] value) {
        return connection().command("SET".getBytes(UTF_8), key.getBytes(UTF_8), value);
    }

    @Override
    public CompletionStage<?> get(String key) {
        return connection().command("GET".getBytes(UTF_8), key.getBytes(UTF_8));
    }

    /** What Redis publishes is neither durable nor resumable, so it is no watch. */
    @Override
    public Optional<AutoCloseable> watch(String prefix, Consumer<byte[]> values) {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.close();
        }
        server.close();
    }
}
