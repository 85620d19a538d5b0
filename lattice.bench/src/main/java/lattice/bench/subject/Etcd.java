package lattice.bench.subject;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is needed of etcd's protocol, by the fields of its {@code rpc.proto} and {@code kv.proto} (v3), and its command. */
public final class Etcd {
    public static final MethodDescriptor<byte[], byte[]> PUT = Messages.method(MethodType.UNARY, "etcdserverpb.KV/Put");
    public static final MethodDescriptor<byte[], byte[]> RANGE = Messages.method(MethodType.UNARY, "etcdserverpb.KV/Range");
    public static final MethodDescriptor<byte[], byte[]> WATCH =
            Messages.method(MethodType.BIDI_STREAMING, "etcdserverpb.Watch/Watch");

    private static final int KEY = 1;
    private static final int PUT_VALUE = 2;
    private static final int RANGE_END = 2;
    private static final int RANGE_KVS = 2;
    private static final int CREATE_WATCH = 1;
    private static final int EVENTS = 11;
    private static final int EVENT_KV = 2;
    private static final int KV_VALUE = 5;

    private Etcd() {
    }

    /**
     * Starts a member.
     *
     * @param name among the members
     * @param port for clients
     * @param peerUrl for other members
     * @param cluster all members with their URLs
     * @throws Subject.UnavailableException if etcd is not installed
     */
    static PeerProcess start(Path folder, String name, int port, String peerUrl, String cluster) throws Exception {
        return PeerProcess.start(folder, "etcd-server", port, List.of("etcd", "--name", name, "--data-dir",
                folder.resolve("data").toString(), "--listen-client-urls", url(port), "--advertise-client-urls", url(port),
                "--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl, "--initial-cluster", cluster,
                "--quota-backend-bytes", Long.toString(8L << 30)));
    }

    /** Starts one that is alone. */
    public static PeerProcess start(Path folder, int port) throws Exception {
        String peerUrl = url(PeerProcess.freePort());
        return start(folder, "bench", port, peerUrl, "bench=" + peerUrl);
    }

    static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    /** The request of a {@link #PUT}. */
    public static byte[] put(String key, byte[] value) {
        return Messages.message(KEY, key.getBytes(UTF_8), PUT_VALUE, value);
    }

    /** The request of a {@link #RANGE} that is one key. */
    public static byte[] get(String key) {
        return Messages.message(KEY, key.getBytes(UTF_8));
    }

    /** The request of a {@link #RANGE} of all keys below a path. */
    static byte[] below(String path) {
        // '0' is the byte after '/'.
        return Messages.message(KEY, (path + "/").getBytes(UTF_8), RANGE_END, (path + "0").getBytes(UTF_8));
    }

    /** The values in the answer to a {@link #RANGE}. */
    static List<byte[]> values(byte[] answer) {
        return values(answer, RANGE_KVS);
    }

    /** The first request of a {@link #WATCH} of all keys below a path. */
    public static byte[] watch(String path) {
        return Messages.message(CREATE_WATCH, below(path));
    }

    /** The values in an answer of a {@link #WATCH}. */
    public static List<byte[]> watched(byte[] answer) {
        List<byte[]> values = new ArrayList<>();
        Messages.all(answer, EVENTS).forEach(event -> values.addAll(values(event, EVENT_KV)));
        return values;
    }

    private static List<byte[]> values(byte[] message, int kvs) {
        List<byte[]> values = new ArrayList<>();
        // A value of no bytes is left out.
        Messages.all(message, kvs).forEach(kv ->
                values.add(Messages.all(kv, KV_VALUE).stream().findFirst().orElse(new byte[0])));
        return values;
    }
}
