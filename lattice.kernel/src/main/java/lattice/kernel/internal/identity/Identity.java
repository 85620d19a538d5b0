package lattice.kernel.internal.identity;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import lattice.api.id.NodeId;
import lattice.kernel.internal.codec.Authors;
import lattice.kernel.internal.codec.Hash;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** The node's Ed25519 key (RFC 8032): what it signs with, and what its id is made of. */
public final class Identity {
    /** How many bytes a signature has. */
    public static final int SIGNATURE_BYTES = Ed25519PrivateKeyParameters.SIGNATURE_SIZE;

    private static final byte[] PKCS8 = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final int MAX_KEYS = 10_000;
    /** To find out whether a key is sound takes nearly as long as to check a signature. */
    private static final ConcurrentHashMap<NodeId, Optional<Ed25519PublicKeyParameters>> KEYS = new ConcurrentHashMap<>();

    private final Ed25519PrivateKeyParameters key;
    private final NodeId id;
    private final PrivateKey privateKey;

    /** @param seed the 32 bytes that the key pair is made of */
    Identity(byte[] seed) {
        key = new Ed25519PrivateKeyParameters(seed, 0);
        privateKey = privateKey(seed);
        id = new NodeId(Hash.from(key.generatePublicKey().getEncoded(), 0).hex());
    }

    /** In the form that the Java platform knows (RFC 8410). */
    private static PrivateKey privateKey(byte[] seed) {
        byte[] encoded = Arrays.copyOf(PKCS8, PKCS8.length + seed.length);
        System.arraycopy(seed, 0, encoded, PKCS8.length, seed.length);
        try {
            return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform from 15 on has Ed25519.", e);
        }
    }

    public PrivateKey privateKey() {
        return privateKey;
    }

    public NodeId id() {
        return id;
    }

    /** Signs a hash; the same hash has the same signature each time. */
    public byte[] sign(Hash hash) {
        byte[] message = hash.bytes();
        byte[] signature = new byte[SIGNATURE_BYTES];
        key.sign(Ed25519.Algorithm.Ed25519, null, message, 0, message.length, signature, 0);
        return signature;
    }

    /** Whether a node has signed a hash. */
    public static boolean verify(NodeId signer, Hash hash, byte[] signature) {
        if (signature.length != SIGNATURE_BYTES) {
            return false;
        }
        Optional<Ed25519PublicKeyParameters> key = KEYS.get(signer);
        if (key == null) {
            key = publicKey(signer);
            if (KEYS.size() < MAX_KEYS) {
                KEYS.put(signer, key);
            }
        }
        byte[] message = hash.bytes();
        return key.isPresent() && key.get().verify(Ed25519.Algorithm.Ed25519, null, message, 0, message.length, signature, 0);
    }

    /** The key that an id stands for; empty if it is none, or one that more than its owner could sign with. */
    private static Optional<Ed25519PublicKeyParameters> publicKey(NodeId node) {
        byte[] bytes = Authors.key(node).bytes();
        return Ed25519.validatePublicKeyFull(bytes, 0) ? Optional.of(new Ed25519PublicKeyParameters(bytes, 0))
                : Optional.empty();
    }
}
