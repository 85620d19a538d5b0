package lattice.protocol;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import lattice.api.store.CompactedException;
import lattice.api.store.LogPosition;
import lattice.api.store.StoreException;
import lattice.v1.Failure;

/**
 * Errors as gRPC statuses with a {@link ErrorInfo} (google.rpc, AIP-193), and back: what a client throws is what the
 * store threw.
 */
public final class Failures {
    /** The domain of all our {@link ErrorInfo}s. */
    public static final String DOMAIN = "lattice.v1";

    private static final String ASKED = "asked";
    private static final String OLDEST_REVISION = "oldest_revision";
    private static final String LOG_ID = "log_id";
    private static final String REVISION = "revision";

    private Failures() {
    }

    /** The status for a reason, with a sentence for the person. */
    public static StatusRuntimeException status(Reason reason, String message) {
        return status(reason, message, Map.of());
    }

    /** The status for an error of the store. */
    public static StatusRuntimeException status(StoreException failure) {
        Map<String, String> metadata = failure instanceof CompactedException compacted
                ? Map.of(ASKED, Long.toString(compacted.askedRevision()),
                        OLDEST_REVISION, Long.toString(compacted.oldestRevision()))
                : Map.of();
        return status(Reason.of(failure.code()), failure.getMessage(), metadata);
    }

    /** The status for a reader that was too slow. */
    public static StatusRuntimeException tooSlow(String message, LogPosition resume) {
        return status(Reason.TOO_SLOW, message,
                Map.of(LOG_ID, resume.logId(), REVISION, Long.toString(resume.revision())));
    }

    private static StatusRuntimeException status(Reason reason, String message, Map<String, String> metadata) {
        ErrorInfo info = ErrorInfo.newBuilder()
                .setDomain(DOMAIN).setReason(reason.name()).putAllMetadata(metadata).build();
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(reason.status().value()).setMessage(message).addDetails(Any.pack(info)).build());
    }

    /** What a status says, as an answer to one of many operations. */
    public static Failure write(StatusRuntimeException failure) {
        Failure.Builder message = Failure.newBuilder().setCode(failure.getStatus().getCode().value());
        if (failure.getStatus().getDescription() != null) {
            message.setMessage(failure.getStatus().getDescription());
        }
        info(failure).ifPresent(info -> message.setReason(info.getReason()).putAllMetadata(info.getMetadataMap()));
        return message.build();
    }

    /** The status that a unary call would have ended with. */
    public static StatusRuntimeException read(Failure failure) {
        Status.Builder status = Status.newBuilder().setCode(failure.getCode()).setMessage(failure.getMessage());
        if (!failure.getReason().isEmpty()) {
            status.addDetails(Any.pack(ErrorInfo.newBuilder().setDomain(DOMAIN).setReason(failure.getReason())
                    .putAllMetadata(failure.getMetadataMap()).build()));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    /** What a status of ours says; empty if it comes from gRPC itself or someone else. */
    public static Optional<Reason> reason(StatusRuntimeException failure) {
        return info(failure).flatMap(info ->
                Arrays.stream(Reason.values()).filter(reason -> reason.name().equals(info.getReason())).findFirst());
    }

    /** Where a reader that was too slow can resume. */
    public static Optional<LogPosition> resume(StatusRuntimeException failure) {
        return info(failure).filter(info -> info.containsMetadata(LOG_ID)).flatMap(info ->
                number(info, REVISION).map(revision -> new LogPosition(info.getMetadataOrThrow(LOG_ID), revision)));
    }

    /** The error that a store in the same process would have thrown; UNAVAILABLE if the node can't be reached. */
    public static StoreException storeException(StatusRuntimeException failure) {
        Optional<Reason> reason = reason(failure);
        String message = failure.getStatus().getDescription();
        if (reason.isEmpty()) {
            return new StoreException(StoreException.Code.UNAVAILABLE,
                    "The node did not answer (" + failure.getStatus().getCode() + (message == null ? "" : ": " + message)
                            + cause(failure) + "). See that it runs and that this is its socket.", failure);
        }
        if (reason.get() == Reason.COMPACTED) {
            Optional<ErrorInfo> info = info(failure);
            Optional<Long> asked = info.flatMap(fields -> number(fields, ASKED));
            Optional<Long> oldest = info.flatMap(fields -> number(fields, OLDEST_REVISION));
            if (asked.isPresent() && oldest.isPresent()) {
                return new CompactedException(asked.get(), oldest.get());
            }
        }
        return new StoreException(reason.get().store(), message == null ? reason.get().name() : message, failure);
    }

    private static String cause(StatusRuntimeException failure) {
        Throwable cause = failure.getStatus().getCause();
        return cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    }

    private static Optional<ErrorInfo> info(StatusRuntimeException failure) {
        Status status = StatusProto.fromThrowable(failure);
        if (status == null) {
            return Optional.empty();
        }
        for (Any detail : status.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                try {
                    ErrorInfo info = detail.unpack(ErrorInfo.class);
                    return info.getDomain().equals(DOMAIN) ? Optional.of(info) : Optional.empty();
                } catch (InvalidProtocolBufferException e) {
                    // A detail that can't be read tells nothing; the status itself still does.
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Long> number(ErrorInfo info, String field) {
        String text = info.getMetadataOrDefault(field, "");
        return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
