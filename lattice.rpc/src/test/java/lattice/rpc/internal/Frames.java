package lattice.rpc.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** The frames of HTTP/2 (RFC 9113), as no library would send them. */
final class Frames {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

    private Frames() {
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16)).put((byte) (payload.length >> 8)).put((byte) payload.length)
                .put((byte) type).put((byte) flags).putInt(stream).put(payload).array();
    }

    static byte[] settings() {
        return frame(4, 0, 0, new byte[0]);
    }

    /** A header as a literal that is not indexed, with a name and a value of less than 127 bytes (RFC 7541, 6.2.2). */
    static byte[] header(String name, String value) {
        return ByteBuffer.allocate(3 + name.length() + value.length()).put((byte) 0)
                .put((byte) name.length()).put(name.getBytes(US_ASCII))
                .put((byte) value.length()).put(value.getBytes(US_ASCII)).array();
    }

    /** The headers by which a call begins. */
    static byte[] call(int stream, String method, String token) {
        return frame(1, 4, stream, join(header(":method", "POST"), header(":scheme", "http"),
                header(":path", "/lattice.v1.StoreService/" + method), header(":authority", "test"),
                header("content-type", "application/grpc"), header("te", "trailers"),
                header("authorization", "Bearer " + token)));
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
