package lattice.rpc.internal;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.Set;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;

/** Lets through the calls that show a good token, and those that tell nothing but what the protocol is. */
final class Authentication implements ServerInterceptor {
    /** Where a call carries its token: {@code Bearer TOKEN}. */
    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private static final String BEARER = "Bearer ";
    private static final Set<String> OPEN_TO_ALL = Set.of("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection");

    private final Tokens tokens;
    private final FailedAttempts failures;
    private final Limits limits;

    Authentication(Tokens tokens, FailedAttempts failures, Limits limits) {
        this.tokens = tokens;
        this.failures = failures;
        this.limits = limits;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers,
            ServerCallHandler<Q, A> next) {
        Connection connection = call.getAttributes().get(Connection.KEY);
        GuardedCall<Q, A> guarded = new GuardedCall<>(call, connection, RequestMeter.current());
        String authorization = headers.get(AUTHORIZATION);
        boolean open = OPEN_TO_ALL.contains(call.getMethodDescriptor().getServiceName());
        if (authorization == null && open) {
            connection.began(guarded);
            return new Finishing<>(next.startCall(guarded, headers), guarded, connection, Optional.empty());
        }
        Optional<Session> session = authorization != null && authorization.startsWith(BEARER)
                ? tokens.authenticate(authorization.substring(BEARER.length())) : Optional.empty();
        if (session.isEmpty()) {
            return refuse(guarded, connection, authorization == null
                    ? "it showed no token" : "its token is unknown, wrong, expired or revoked");
        }
        if (!session.get().joins(connection, limits.connectionsPerToken())) {
            return unanswered(guarded, Failures.status(Reason.BUSY, "This token has " + limits.connectionsPerToken()
                    + " connections open already, which is the most. Close those that you do not need: one carries many calls."));
        }
        connection.began(guarded);
        session.get().began(connection, guarded);
        Context context = session.get().in(connection.in(Context.current()));
        return new Finishing<>(Contexts.interceptCall(context, guarded, headers, next), guarded, connection, session);
    }

    private <Q, A> ServerCall.Listener<Q> refuse(GuardedCall<Q, A> call, Connection connection, String why) {
        if (failures.failed(connection.peer(), call.getMethodDescriptor().getFullMethodName(), why)) {
            return unanswered(call, refused());
        }
        connection.close();
        return new ServerCall.Listener<>() {
        };
    }

    /** Nobody hears more of the call than why. */
    private static <Q, A> ServerCall.Listener<Q> unanswered(GuardedCall<Q, A> call, StatusRuntimeException why) {
        call.end(why);
        return new ServerCall.Listener<>() {
        };
    }

    /** One answer for all, so that it tells nothing about which tokens there are. */
    static StatusRuntimeException refused() {
        return Failures.status(Reason.TOKEN_REFUSED,
                "A call needs a good token in its metadata: 'authorization: Bearer TOKEN'. "
                        + "The owner of the node makes one with lattice:token create.");
    }

    private static final class Finishing<Q> extends SimpleForwardingServerCallListener<Q> {
        private final GuardedCall<?, ?> call;
        private final Connection connection;
        private final Optional<Session> session;

        Finishing(ServerCall.Listener<Q> listener, GuardedCall<?, ?> call, Connection connection,
                Optional<Session> session) {
            super(listener);
            this.call = call;
            this.connection = connection;
            this.session = session;
        }

        @Override
        public void onMessage(Q message) {
            if (message == null) {
                call.end(Failures.status(Reason.INVALID_REQUEST, "The request is not what this call takes, or more than "
                        + Wire.MAX_MESSAGE_BYTES + " bytes. Build it from the protocol's store.proto."));
            } else {
                super.onMessage(message);
            }
        }

        @Override
        public void onHalfClose() {
            call.requestComplete();
            super.onHalfClose();
        }

        @Override
        public void onCancel() {
            finished();
            super.onCancel();
        }

        @Override
        public void onComplete() {
            finished();
            super.onComplete();
        }

        private void finished() {
            call.finished();
            connection.finished(call);
            session.ifPresent(one -> one.finished(call));
        }
    }
}
