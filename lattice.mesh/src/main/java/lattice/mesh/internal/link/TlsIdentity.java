package lattice.mesh.internal.link;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.math.BigInteger;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;
import lattice.api.id.NodeId;
import lattice.kernel.node.NodeKey;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * How a node shows who it is: mutual TLS 1.3 with a certificate that it has made and signed itself with its key. Nothing
 * in the certificate is believed but the key, and TLS proves that the peer has it. Whether that key is welcome is asked
 * after each handshake and on each stream by who opens and accepts them: a resumed session would skip a trust manager.
 */
public final class TlsIdentity {
    /** What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410). */
    private static final byte[] KEY_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final String PROTOCOL = "TLSv1.3";

    private final NodeKey key;
    private final X509Certificate certificate;
    private final SslContext server;
    private final SslContext client;

    /** @throws GeneralSecurityException if this Java platform can't do TLS 1.3 with Ed25519 keys */
    public TlsIdentity(NodeKey key) throws GeneralSecurityException {
        this.key = key;
        this.certificate = selfSigned(key);
        try {
            server = GrpcSslContexts.configure(SslContextBuilder.forServer(key.privateKey(), certificate), SslProvider.JDK)
                    .protocols(PROTOCOL).clientAuth(ClientAuth.REQUIRE).trustManager(new AnyNode()).build();
            client = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                    .keyManager(key.privateKey(), certificate).protocols(PROTOCOL).trustManager(new AnyNode()).build();
        } catch (SSLException e) {
            throw new GeneralSecurityException("This Java platform can't speak TLS 1.3 with the node's key: "
                    + e.getMessage(), e);
        }
    }

    public NodeId id() {
        return key.id();
    }

    SslContext server() {
        return server;
    }

    SslContext client() {
        return client;
    }

    /**
     * Who is at the other end of a session.
     *
     * @throws SSLPeerUnverifiedException if it has not shown a node's certificate
     */
    static NodeId peer(SSLSession session) throws SSLPeerUnverifiedException {
        if (session == null) {
            throw new SSLPeerUnverifiedException("The connection has no TLS session.");
        }
        Certificate[] chain = session.getPeerCertificates();
        try {
            return nodeOf(chain[0].getPublicKey());
        } catch (CertificateException e) {
            throw new SSLPeerUnverifiedException(e.getMessage());
        }
    }

    private static NodeId nodeOf(PublicKey publicKey) throws CertificateException {
        byte[] encoded = publicKey.getEncoded();
        if (encoded.length != KEY_PREFIX.length + 32 || !Arrays.equals(encoded, 0, KEY_PREFIX.length, KEY_PREFIX, 0,
                KEY_PREFIX.length)) {
            throw new CertificateException("The peer's certificate is not of an Ed25519 key.");
        }
        return new NodeId(HexFormat.of().formatHex(encoded, KEY_PREFIX.length, encoded.length));
    }

    private static X509Certificate selfSigned(NodeKey key) throws GeneralSecurityException {
        byte[] encoded = Arrays.copyOf(KEY_PREFIX, KEY_PREFIX.length + 32);
        System.arraycopy(HexFormat.of().parseHex(key.id().hex()), 0, encoded, KEY_PREFIX.length, 32);
        PublicKey publicKey = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        X500Name name = new X500Name("CN=" + key.id().hex());
        // Clocks may be wrong, and membership alone ends trust: the certificate itself holds for ever.
        Date from = Date.from(Instant.parse("2000-01-01T00:00:00Z"));
        Date until = Date.from(Instant.parse("9999-12-31T23:59:59Z"));
        try {
            return new JcaX509CertificateConverter().getCertificate(
                    new JcaX509v3CertificateBuilder(name, BigInteger.ONE, from, until, name, publicKey)
                            .build(new JcaContentSignerBuilder("Ed25519").build(key.privateKey())));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException("The node's certificate can't be signed: " + e.getMessage(), e);
        }
    }

    /** Lets every well-formed node certificate through: that TLS asks for a key at all is its task, whose it is others'. */
    private static final class AnyNode extends X509ExtendedTrustManager {
        private static void check(X509Certificate[] chain) throws CertificateException {
            if (chain == null || chain.length != 1) {
                throw new CertificateException("A node shows one certificate.");
            }
            nodeOf(chain[0].getPublicKey());
            try {
                chain[0].verify(chain[0].getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new CertificateException("The peer's certificate is not signed with its own key.", e);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
