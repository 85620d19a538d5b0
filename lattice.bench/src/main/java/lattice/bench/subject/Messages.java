package lattice.bench.subject;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages of protocol buffers by the numbers of their fields, so that all servers are asked by the same code and no peer
 * brings a client library with a second set of Netty.
 */
public final class Messages {
    private Messages() {
    }

    /** A message with bytes in some fields: number, bytes, number, bytes. */
    public static byte[] message(Object... fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            for (int i = 0; i < fields.length; i += 2) {
                out.writeByteArray((int) fields[i], (byte[]) fields[i + 1]);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** All values of a field that holds bytes or a message. */
    public static List<byte[]> all(byte[] message, int number) {
        List<byte[]> values = new ArrayList<>();
        CodedInputStream in = CodedInputStream.newInstance(message);
        try {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                // The low three bits are the wire type; 2 is a length and bytes.
                if (tag == (number << 3 | 2)) {
                    values.add(in.readByteArray());
                } else {
                    in.skipField(tag);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return values;
    }

    public static MethodDescriptor<byte[], byte[]> method(MethodDescriptor.MethodType type, String name) {
        MethodDescriptor.Marshaller<byte[]> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                try {
                    return ByteString.readFrom(stream).toByteArray();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        return MethodDescriptor.newBuilder(bytes, bytes).setType(type).setFullMethodName(name).build();
    }
}
