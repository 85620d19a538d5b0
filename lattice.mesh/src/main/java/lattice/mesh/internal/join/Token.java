package lattice.mesh.internal.join;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;

/**
 * An invitation as one word that can be sent: {@code lattice-} and, in base64url, a version, the mesh, the inviter's key,
 * the invitation's number, its secret, the inviter's addresses and the first 4 bytes of a SHA-256 over all that, which
 * tells a mistyped token from a wrong one.
 *
 * @param mesh to join
 * @param inviter who lets in, and whose key is expected at the addresses
 * @param number of the invitation, 8 bytes
 * @param secret known to the inviter and whoever holds the token, 16 bytes
 * @param addresses of the inviter, {@code host:port} each
 */
public record Token(StoreId mesh, NodeId inviter, byte[] number, byte[] secret, List<String> addresses) {
    static final int NUMBER_BYTES = 8;
    static final int SECRET_BYTES = 16;

    private static final String PREFIX = "lattice-";
    private static final int VERSION = 1;
    private static final int CHECK_BYTES = 4;
    private static final int MAX_LENGTH = 4096;

    public Token {
        addresses = List.copyOf(addresses);
        if (number.length != NUMBER_BYTES || secret.length != SECRET_BYTES) {
            throw new IllegalArgumentException("An invitation has a number of 8 bytes and a secret of 16.");
        }
    }

    public String text() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeByte(VERSION);
            out.write(HexFormat.of().parseHex(mesh.hex()));
            out.write(HexFormat.of().parseHex(inviter.hex()));
            out.write(number);
            out.write(secret);
            out.writeByte(addresses.size());
            for (String address : addresses) {
                out.writeUTF(address);
            }
            out.write(sha256(bytes.toByteArray()), 0, CHECK_BYTES);
            return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed.", e);
        }
    }

    /** @throws IllegalArgumentException if it is no token, in a sentence for who typed it */
    public static Token parse(String text) {
        if (!text.startsWith(PREFIX) || text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("That is no invitation: one starts with " + PREFIX + ".");
        }
        try {
            byte[] all = decoded(text.substring(PREFIX.length()));
            int length = all.length - CHECK_BYTES;
            if (length < 1 || !Arrays.equals(Arrays.copyOf(sha256(Arrays.copyOf(all, length)), CHECK_BYTES),
                    Arrays.copyOfRange(all, length, all.length))) {
                throw new IllegalArgumentException("That invitation is damaged: copy the whole of it, without spaces.");
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(all, 0, length));
            int version = in.readUnsignedByte();
            if (version != VERSION) {
                throw new IllegalArgumentException("That invitation is of a newer Lattice: update this node.");
            }
            StoreId mesh = new StoreId(HexFormat.of().formatHex(in.readNBytes(32)));
            NodeId inviter = new NodeId(HexFormat.of().formatHex(in.readNBytes(32)));
            byte[] number = in.readNBytes(NUMBER_BYTES);
            byte[] secret = in.readNBytes(SECRET_BYTES);
            List<String> addresses = new ArrayList<>();
            for (int i = in.readUnsignedByte(); i > 0; i--) {
                addresses.add(in.readUTF());
            }
            return new Token(mesh, inviter, number, secret, addresses);
        } catch (IOException e) {
            throw new IllegalArgumentException("That invitation is damaged: copy the whole of it.", e);
        }
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getUrlDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("That invitation is damaged: copy the whole of it, without spaces.", e);
        }
    }

    /** What the mesh keeps of the secret for ever, so that it is used once. */
    byte[] secretHash() {
        return sha256(secret);
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    @Override
    public String toString() {
        return "an invitation to mesh " + mesh.shortId() + " by " + inviter.shortId();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Token that && text().equals(that.text());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(number);
    }
}
