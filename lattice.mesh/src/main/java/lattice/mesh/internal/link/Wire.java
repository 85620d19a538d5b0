package lattice.mesh.internal.link;

import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What nodes say to each other over gRPC: two methods whose messages are bytes with codecs of their own. */
final class Wire {
    static final String SERVICE = "lattice.mesh.v1.Mesh";
    /** Which mesh a stream is about: the 64 digits of its id. */
    static final Metadata.Key<String> MESH = Metadata.Key.of("lattice-mesh", Metadata.ASCII_STRING_MARSHALLER);

    /** The one stream of a pair of neighbours. */
    static final MethodDescriptor<byte[], byte[]> LINK = method("Link");
    /** How one who is no member yet asks to be let in. */
    static final MethodDescriptor<byte[], byte[]> JOIN = method("Join");

    private Wire() {
    }

    /** At once, not put together from small parts. */
    private static byte[] read(InputStream stream, int length) throws IOException {
        byte[] message = new byte[length];
        if (stream.readNBytes(message, 0, length) < length) {
            throw new EOFException("A message ended before its end.");
        }
        return message;
    }

    private static MethodDescriptor<byte[], byte[]> method(String name) {
        MethodDescriptor.Marshaller<byte[]> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                try {
                    return stream instanceof KnownLength ? read(stream, stream.available()) : stream.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        return MethodDescriptor.newBuilder(bytes, bytes).setType(MethodType.BIDI_STREAMING)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name)).build();
    }
}
