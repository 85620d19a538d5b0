package lattice.rpc.internal;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** Calls whose messages are what a client makes of them, well formed or not. */
final class RawBytes {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] bytes) {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public byte[] parse(InputStream stream) {
            return read(stream);
        }
    };

    private RawBytes() {
    }

    /** A unary method whose messages are bytes. */
    static MethodDescriptor<byte[], byte[]> unary(String method) {
        return MethodDescriptor.newBuilder(BYTES, BYTES).setType(MethodDescriptor.MethodType.UNARY).setFullMethodName(method)
                .build();
    }

    /** The same, whose request is that many zero bytes, which are never in memory at once. */
    static MethodDescriptor<Long, byte[]> zeros(String method) {
        return MethodDescriptor.newBuilder(new MethodDescriptor.Marshaller<Long>() {
            @Override
            public InputStream stream(Long count) {
                return new Zeros(count);
            }

            @Override
            public Long parse(InputStream stream) {
                return (long) read(stream).length;
            }
        }, BYTES).setType(MethodDescriptor.MethodType.UNARY).setFullMethodName(method).build();
    }

    private static byte[] read(InputStream stream) {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long count) {
            left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(left, length);
            Arrays.fill(into, offset, offset + count, (byte) 0);
            left -= count;
            return count;
        }
    }
}
