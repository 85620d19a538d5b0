package lattice.client.internal;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import lattice.api.id.StoreId;
import lattice.api.store.CommandResult;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Watch;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.protocol.Wire;
import lattice.v1.BatchRequest;
import lattice.v1.GetPositionRequest;
import lattice.v1.GetRequest;
import lattice.v1.GetResponse;
import lattice.v1.HistoryRequest;
import lattice.v1.HistoryResponse;
import lattice.v1.Operation;
import lattice.v1.StoreServiceGrpc;

/** The store of a node, over its socket. */
final class RemoteStore implements Store {
    private static final int MOST_HISTORY = 1000;

    private final Link link;
    private final StoreId id;
    private final String name;
    private final WriteQueue writes;
    private final Set<RemoteWatch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicLong operations = new AtomicLong();
    private final String operationPrefix = HexFormat.of().toHexDigits(new SecureRandom().nextLong()) + "-";

    RemoteStore(Link link, StoreId id, String name) {
        this.link = link;
        this.id = id;
        this.name = name;
        this.writes = new WriteQueue(link);
    }

    @Override
    public StoreId id() {
        return id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public LogPosition position() {
        return Wire.read(link.ask(StoreServiceGrpc.getGetPositionMethod(), GetPositionRequest.getDefaultInstance())
                .getPosition());
    }

    @Override
    public Optional<Entry> get(Key key) {
        GetResponse answer = link.ask(StoreServiceGrpc.getGetMethod(), GetRequest.newBuilder().setKey(key.path()).build());
        return answer.hasEntry() ? Optional.of(Wire.read(answer.getEntry())) : Optional.empty();
    }

    @Override
    public Stream<Entry> scan(Prefix prefix) {
        return scan(prefix, Optional.empty());
    }

    @Override
    public Stream<Entry> scan(Prefix prefix, Key after) {
        return scan(prefix, Optional.of(after));
    }

    private Stream<Entry> scan(Prefix prefix, Optional<Key> after) {
        RemoteScan scan = new RemoteScan(link, prefix, after);
        // What is denied is said now, as by a store in the same process, not when the first entry is looked at.
        scan.hasNext();
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(scan,
                Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL), false).onClose(scan::close);
    }

    @Override
    public CompletionStage<Receipt> submit(Transaction transaction) {
        String id = transaction.operationId().orElseGet(this::freshOperation);
        Operation.Builder operation = Operation.newBuilder();
        if (transaction.mutations().size() > 1) {
            BatchRequest.Builder batch = operation.getBatchBuilder().setOperationId(id);
            transaction.mutations().forEach(mutation -> batch.addMutations(Wire.write(mutation)));
        } else if (transaction.mutations().get(0) instanceof Mutation.Put put) {
            operation.getPutBuilder().setKey(put.key().path()).setValue(UnsafeByteOperations.unsafeWrap(put.value()))
                    .setOperationId(id);
        } else {
            operation.getDeleteBuilder().setKey(transaction.mutations().get(0).key().path()).setOperationId(id);
        }
        return writes.submit(operation.build());
    }

    private String freshOperation() {
        return operationPrefix + operations.incrementAndGet();
    }

    @Override
    public Receipt write(Transaction transaction) {
        try {
            return submit(transaction).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StoreException known
                    ? new StoreException(known.code(), known.getMessage(), known) : e;
        }
    }

    @Override
    public CompletionStage<CommandResult> apply(String stateMachine, byte[] command, Optional<String> operationId) {
        Operation.Builder operation = Operation.newBuilder();
        operation.getApplyBuilder().setStateMachine(stateMachine).setCommand(UnsafeByteOperations.unsafeWrap(command))
                .setOperationId(operationId.orElseGet(this::freshOperation));
        return writes.apply(operation.build());
    }

    @Override
    public List<HistoryEntry> history(Key key, int limit) {
        if (limit < 1) {
            return List.of();
        }
        HistoryRequest request = HistoryRequest.newBuilder().setKey(key.path())
                .setLimit(Math.min(limit, MOST_HISTORY)).build();
        long deadline = System.nanoTime() + link.patience().toNanos();
        for (int failures = 1;; failures++) {
            if (link.isClosed()) {
                throw Link.closedException();
            }
            Context.CancellableContext context = Context.current().withCancellation();
            Context previous = context.attach();
            try {
                Iterator<HistoryResponse> pages = ClientCalls.blockingServerStreamingCall(link.channel(),
                        StoreServiceGrpc.getHistoryMethod(), CallOptions.DEFAULT, request);
                List<HistoryEntry> entries = new ArrayList<>();
                pages.forEachRemaining(page -> page.getEntriesList().forEach(entry -> entries.add(Wire.read(entry))));
                return List.copyOf(entries);
            } catch (StatusRuntimeException e) {
                link.awaitRetry(e, failures, deadline);
            } finally {
                context.detach(previous);
                context.cancel(null);
            }
        }
    }

    @Override
    public Watch watch(Prefix prefix, WatchStart start, WatchListener listener) {
        RemoteWatch watch = new RemoteWatch(link, prefix, start, listener, watches::remove);
        watches.add(watch);
        watch.start();
        return watch;
    }

    void close() {
        writes.close();
        watches.forEach(RemoteWatch::connectionClosed);
    }
}
