package lattice.rpc.internal;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads requests. Bytes that are no message of their kind, or too many of them once they are unpacked, become null, which
 * whoever guards the call refuses in words. gRPC would take them for a defect of the server and log each with a stack trace,
 * as often as anybody sends some.
 */
final class RequestReader<Q> implements MethodDescriptor.Marshaller<Q> {
    private static final Logger LOG = LoggerFactory.getLogger(RequestReader.class);

    private final MethodDescriptor.Marshaller<Q> reader;

    private RequestReader(MethodDescriptor.Marshaller<Q> reader) {
        this.reader = reader;
    }

    /** The same service with requests read so. */
    static ServerServiceDefinition in(ServerServiceDefinition service) {
        List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
        service.getMethods().forEach(method -> methods.add(in(method)));
        ServiceDescriptor descriptor = service.getServiceDescriptor();
        ServiceDescriptor.Builder same = ServiceDescriptor.newBuilder(descriptor.getName())
                .setSchemaDescriptor(descriptor.getSchemaDescriptor());
        methods.forEach(method -> same.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(same.build());
        methods.forEach(definition::addMethod);
        return definition.build();
    }

    private static <Q, A> ServerMethodDefinition<Q, A> in(ServerMethodDefinition<Q, A> method) {
        MethodDescriptor<Q, A> descriptor = method.getMethodDescriptor();
        return ServerMethodDefinition.create(descriptor.toBuilder(new RequestReader<>(descriptor.getRequestMarshaller()),
                descriptor.getResponseMarshaller()).build(), method.getServerCallHandler());
    }

    @Override
    public InputStream stream(Q message) {
        return reader.stream(message);
    }

    @Override
    public Q parse(InputStream bytes) {
        try {
            return reader.parse(bytes);
        } catch (RuntimeException e) {
            LOG.debug("A request can't be read", e);
            return null;
        }
    }
}
