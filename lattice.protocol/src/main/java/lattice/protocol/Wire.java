package lattice.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Author;
import lattice.api.store.Change;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Version;
import lattice.v1.ApplyResponse;
import lattice.v1.Position;

/**
 * The values of a store as messages and back. Values are passed on without a copy: neither side modifies them. What
 * arrives and is not of the protocol's form is a {@link StoreException} that says what is wrong with it.
 */
public final class Wire {
    /** The largest message: a transaction of the most bytes and what its mutations cost beside them. */
    public static final int MAX_MESSAGE_BYTES = 2 * Transaction.MAX_BYTES;

    /** Pages and parts of streams are closed at about this many bytes. */
    public static final int PART_BYTES = 256 * 1024;

    private static final HexFormat HEX = HexFormat.of();

    /** The node that was last told of or heard of: nearly always it is the same one, and its name is long. */
    private static volatile NodeBytes lastNode = new NodeBytes(null, ByteString.EMPTY);

    private record NodeBytes(NodeId node, ByteString bytes) {
    }

    private Wire() {
    }

    /** The bytes that lower-case hexadecimal digits stand for, such as those of a node's id. */
    public static ByteString bytes(String hex) {
        return UnsafeByteOperations.unsafeWrap(HEX.parseHex(hex));
    }

    /** Bytes as lower-case hexadecimal digits. */
    public static String hex(ByteString bytes) {
        return HEX.formatHex(bytes.toByteArray());
    }

    private static ByteString bytes(NodeId node) {
        NodeBytes last = lastNode;
        if (!node.equals(last.node())) {
            last = new NodeBytes(node, bytes(node.hex()));
            lastNode = last;
        }
        return last.bytes();
    }

    private static NodeId node(ByteString bytes) {
        NodeBytes last = lastNode;
        if (last.node() == null || !last.bytes().equals(bytes)) {
            last = new NodeBytes(new NodeId(hex(bytes)), bytes);
            lastNode = last;
        }
        return last.node();
    }

    public static Position write(LogPosition position) {
        return Position.newBuilder().setLogId(position.logId()).setRevision(position.revision()).build();
    }

    public static LogPosition read(Position position) {
        return new LogPosition(position.getLogId(), notNegative("revision", position.getRevision()));
    }

    public static lattice.v1.Version write(Version version) {
        return lattice.v1.Version.newBuilder()
                .setTime(version.time().bits())
                .setNodeId(bytes(version.author().node()))
                .setEpoch(version.author().epoch())
                .setIndex(version.index())
                .build();
    }

    public static Version read(lattice.v1.Version version) {
        return new Version(new HybridTime(notNegative("time", version.getTime())),
                new Author(node(version.getNodeId()), version.getEpoch()), version.getIndex());
    }

    public static lattice.v1.Entry write(Entry entry) {
        return lattice.v1.Entry.newBuilder()
                .setKey(entry.key().path())
                .setValue(UnsafeByteOperations.unsafeWrap(entry.value()))
                .setVersion(write(entry.version()))
                .setRevision(entry.revision())
                .setConcurrent(entry.concurrent())
                .build();
    }

    public static Entry read(lattice.v1.Entry entry) {
        return new Entry(new Key(entry.getKey()), entry.getValue().toByteArray(), read(entry.getVersion()),
                notNegative("revision", entry.getRevision()), entry.getConcurrent());
    }

    public static lattice.v1.Receipt write(Receipt receipt) {
        return lattice.v1.Receipt.newBuilder()
                .setPosition(write(receipt.position()))
                .setVersion(write(receipt.version()))
                .build();
    }

    public static Receipt read(lattice.v1.Receipt receipt) {
        return new Receipt(read(receipt.getPosition()), read(receipt.getVersion()));
    }

    public static lattice.v1.Mutation write(Mutation mutation) {
        lattice.v1.Mutation.Builder message = lattice.v1.Mutation.newBuilder();
        if (mutation instanceof Mutation.Put put) {
            message.getPutBuilder().setKey(put.key().path()).setValue(UnsafeByteOperations.unsafeWrap(put.value()));
        } else {
            message.getDeleteBuilder().setKey(mutation.key().path());
        }
        return message.build();
    }

    public static Mutation read(lattice.v1.Mutation mutation) {
        return switch (mutation.getKindCase()) {
            case PUT -> new Mutation.Put(new Key(mutation.getPut().getKey()), mutation.getPut().getValue().toByteArray());
            case DELETE -> new Mutation.Delete(new Key(mutation.getDelete().getKey()));
            case KIND_NOT_SET -> throw new StoreException(StoreException.Code.INVALID_TRANSACTION,
                    "A mutation is a put or a delete; one of this transaction is neither.");
        };
    }

    public static ApplyResponse write(CommandResult result) {
        ApplyResponse.Builder message = ApplyResponse.newBuilder();
        if (result instanceof CommandResult.Applied applied) {
            message.setApplied(write(applied.receipt()));
        } else if (result instanceof CommandResult.Refused refused) {
            message.getRefusedBuilder().setReason(refused.reason());
        } else {
            message.setNoEffect(ApplyResponse.NoEffect.getDefaultInstance());
        }
        return message.build();
    }

    public static CommandResult read(ApplyResponse response) {
        return switch (response.getResultCase()) {
            case APPLIED -> new CommandResult.Applied(read(response.getApplied()));
            case REFUSED -> new CommandResult.Refused(response.getRefused().getReason());
            case NO_EFFECT -> new CommandResult.NoEffect();
            case RESULT_NOT_SET -> throw new StoreException(StoreException.Code.STATE_MACHINE_FAILED,
                    "The node speaks a newer protocol: it answered a command in a way that is not known here.");
        };
    }

    public static lattice.v1.HistoryEntry write(HistoryEntry entry) {
        lattice.v1.HistoryEntry.Builder message = lattice.v1.HistoryEntry.newBuilder()
                .setVersion(write(entry.version()))
                .setRevision(entry.revision())
                .setOutcome(switch (entry.outcome()) {
                    case CURRENT -> lattice.v1.HistoryEntry.Outcome.OUTCOME_CURRENT;
                    case OVERWRITTEN -> lattice.v1.HistoryEntry.Outcome.OUTCOME_OVERWRITTEN;
                    case LOST -> lattice.v1.HistoryEntry.Outcome.OUTCOME_LOST;
                    case VOID -> lattice.v1.HistoryEntry.Outcome.OUTCOME_VOID;
                });
        entry.value().ifPresent(value -> message.setValue(UnsafeByteOperations.unsafeWrap(value)));
        entry.service().ifPresent(service -> message.setServiceId(service.name()));
        return message.build();
    }

    public static HistoryEntry read(lattice.v1.HistoryEntry entry) {
        return new HistoryEntry(read(entry.getVersion()),
                entry.hasValue() ? Optional.of(entry.getValue().toByteArray()) : Optional.empty(),
                entry.hasServiceId() ? Optional.of(new ServiceId(entry.getServiceId())) : Optional.empty(),
                notNegative("revision", entry.getRevision()),
                switch (entry.getOutcome()) {
                    case OUTCOME_CURRENT -> HistoryEntry.Outcome.CURRENT;
                    case OUTCOME_LOST -> HistoryEntry.Outcome.LOST;
                    case OUTCOME_VOID -> HistoryEntry.Outcome.VOID;
                    case OUTCOME_OVERWRITTEN, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> HistoryEntry.Outcome.OVERWRITTEN;
                });
    }

    public static lattice.v1.Change write(Change change) {
        lattice.v1.Change.Builder message = lattice.v1.Change.newBuilder();
        change.service().ifPresent(service -> message.setServiceId(service.name()));
        if (change instanceof Change.Updated updated) {
            message.setUpdated(write(updated.entry()));
        } else {
            message.getRemovedBuilder().setKey(change.key().path()).setVersion(write(change.version()));
        }
        return message.build();
    }

    public static Change read(lattice.v1.Change change) {
        Optional<ServiceId> service = change.hasServiceId()
                ? Optional.of(new ServiceId(change.getServiceId())) : Optional.empty();
        if (change.hasUpdated()) {
            return new Change.Updated(read(change.getUpdated()), service);
        }
        return new Change.Removed(new Key(change.getRemoved().getKey()), read(change.getRemoved().getVersion()), service);
    }

    /** About how many bytes a change takes. */
    public static int size(Change change) {
        int value = change instanceof Change.Updated updated ? updated.entry().value().length : 0;
        return value + change.key().path().length() + 80;
    }

    /** Where to cut changes so that a part has about {@link #PART_BYTES}: the index after the part that starts at from. */
    public static int endOfPart(List<Change> changes, int from) {
        int bytes = 0;
        for (int i = from; i < changes.size(); i++) {
            bytes += size(changes.get(i));
            if (bytes > PART_BYTES && i > from) {
                return i;
            }
        }
        return changes.size();
    }

    private static long notNegative(String field, long value) {
        if (value < 0) {
            throw new StoreException(StoreException.Code.LOG_CHANGED,
                    "The " + field + " of a position is at most 2^63 - 1. Scan again, and watch from there.");
        }
        return value;
    }
}
