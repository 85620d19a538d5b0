package lattice.mesh.internal.join;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/**
 * What is said when a node asks to be let in. The visitor names its invitation and gives a nonce; the inviter gives a
 * nonce of its own; the visitor proves that it knows the secret by an HMAC-SHA256 over the mesh, both nodes' keys as each
 * has seen the other's in this TLS session, and both nonces. So a proof is good for one session between these two only,
 * and the secret is never sent.
 */
final class Handshake {
    static final int NONCE_BYTES = 32;
    static final int MAX_NAME = 64;

    private static final int MAX_ADDRESSES = 8;
    private static final String LABEL = "lattice join 1";

    private Handshake() {
    }

    record Hello(byte[] number, byte[] nonce) {
        byte[] encode() {
            return write(out -> {
                out.write(number);
                out.write(nonce);
            });
        }

        static Hello decode(byte[] bytes) throws IOException {
            DataInputStream in = read(bytes, Token.NUMBER_BYTES + NONCE_BYTES);
            return new Hello(in.readNBytes(Token.NUMBER_BYTES), in.readNBytes(NONCE_BYTES));
        }
    }

    /** Starts with a 1, where an answer starts with a 0: it is shorter than 256 bytes. */
    record Challenge(byte[] nonce) {
        byte[] encode() {
            return write(out -> {
                out.writeByte(1);
                out.write(nonce);
            });
        }

        static boolean isOne(byte[] bytes) {
            return bytes.length == 1 + NONCE_BYTES && bytes[0] == 1;
        }

        static Challenge decode(byte[] bytes) throws IOException {
            DataInputStream in = read(bytes, 1 + NONCE_BYTES);
            in.readByte();
            return new Challenge(in.readNBytes(NONCE_BYTES));
        }
    }

    record Proof(byte[] mac, String name, List<String> addresses) {
        byte[] encode() {
            return write(out -> {
                out.write(mac);
                out.writeUTF(name);
                out.writeByte(addresses.size());
                for (String address : addresses) {
                    out.writeUTF(address);
                }
            });
        }

        static Proof decode(byte[] bytes) throws IOException {
            DataInputStream in = read(bytes, 4096);
            byte[] mac = in.readNBytes(32);
            String name = in.readUTF();
            List<String> addresses = new ArrayList<>();
            for (int i = Math.min(MAX_ADDRESSES, in.readUnsignedByte()); i > 0; i--) {
                addresses.add(in.readUTF());
            }
            return new Proof(mac, name, addresses);
        }
    }

    /** @param refusal why not; empty if the visitor is let in */
    record Answer(String refusal) {
        private static final int MAX_LENGTH = 240;

        Answer {
            refusal = refusal.length() > MAX_LENGTH ? refusal.substring(0, MAX_LENGTH) : refusal;
        }

        byte[] encode() {
            return write(out -> out.writeUTF(refusal));
        }

        static Answer decode(byte[] bytes) throws IOException {
            return new Answer(read(bytes, 4096).readUTF());
        }
    }

    static byte[] mac(byte[] secret, StoreId mesh, NodeId inviter, NodeId visitor, byte[] inviterNonce,
            byte[] visitorNonce) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(LABEL.getBytes(StandardCharsets.US_ASCII));
            mac.update(HexFormat.of().parseHex(mesh.hex()));
            mac.update(HexFormat.of().parseHex(inviter.hex()));
            mac.update(HexFormat.of().parseHex(visitor.hex()));
            mac.update(inviterNonce);
            return mac.doFinal(visitorNonce);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HmacSHA256.", e);
        }
    }

    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] write(Body body) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            body.write(new DataOutputStream(bytes));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed.", e);
        }
    }

    private static DataInputStream read(byte[] bytes, int most) throws IOException {
        if (bytes.length > most) {
            throw new IOException("A message of " + bytes.length + " bytes is too long.");
        }
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }
}
