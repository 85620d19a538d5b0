package lattice.rpc.internal;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lattice.api.node.Endpoint;
import lattice.api.store.Entry;
import lattice.api.store.HistoryEntry;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.protocol.Wire;
import lattice.v1.ApplyRequest;
import lattice.v1.ApplyResponse;
import lattice.v1.BatchRequest;
import lattice.v1.ConnectRequest;
import lattice.v1.ConnectResponse;
import lattice.v1.DeleteRequest;
import lattice.v1.GetPositionRequest;
import lattice.v1.GetPositionResponse;
import lattice.v1.GetRequest;
import lattice.v1.GetResponse;
import lattice.v1.HistoryRequest;
import lattice.v1.HistoryResponse;
import lattice.v1.PipelineRequest;
import lattice.v1.PipelineResponse;
import lattice.v1.PutRequest;
import lattice.v1.ReadyRequest;
import lattice.v1.ReadyResponse;
import lattice.v1.ScanRequest;
import lattice.v1.ScanResponse;
import lattice.v1.StoreServiceGrpc;
import lattice.v1.WatchRequest;
import lattice.v1.WatchResponse;
import lattice.v1.WriteResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of the protocol. They come in on threads of the network, which must not wait: writes go on in the order of their
 * connection, everything else on the readers.
 */
final class StoreCalls extends StoreServiceGrpc.StoreServiceImplBase implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCalls.class);
    private static final int HISTORY = 100;
    private static final int MAX_HISTORY = 1000;
    private static final int MAX_HISTORIES = 16;
    private static final int PAGE = 500;
    private static final int MAX_PAGE = 1000;
    private static final int MAX_FILTERS = 64;
    private static final int MAX_CLIENT = 64;
    private static final int MIN_PROGRESS = 100;
    private static final int MAX_PROGRESS = 3_600_000;
    private static final int ENTRY_BYTES = 80;
    private static final int MAX_ENDPOINTS = 32;
    private static final int MAX_PORT = 65535;
    private static final Pattern PROTOCOL = Pattern.compile("[a-z][a-z0-9+.-]{0,31}");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:_%-]{1,253}");

    private final ByteString node;
    private final Executor readers;
    private final ScheduledExecutorService clock;
    private final Limits limits;
    private final Watches watches;
    private final Semaphore histories = new Semaphore(MAX_HISTORIES);
    private final Set<Outlet<?>> outlets = ConcurrentHashMap.newKeySet();

    /** @param node the node's id, 32 bytes */
    StoreCalls(ByteString node, Executor readers, ScheduledExecutorService clock, Limits limits, WatchBudget budget) {
        this.node = node;
        this.readers = readers;
        this.clock = clock;
        this.limits = limits;
        this.watches = new Watches(readers, limits, budget, new ChangeMessages());
    }

    @Override
    public void connect(ConnectRequest request, StreamObserver<ConnectResponse> out) {
        read(out, session -> {
            if (!session.token().service().name().equals(request.getServiceId())) {
                throw Failures.status(Reason.TOKEN_REFUSED, "The token does not belong to the service '"
                        + shown(request.getServiceId()) + "'.");
            }
            if (request.getClient().length() > MAX_CLIENT) {
                throw invalid("The name of a client has at most " + MAX_CLIENT + " characters.");
            }
            LOG.debug("{} connected with {}", session.token().service(), shown(request.getClient()));
            ConnectResponse.Builder answer = ConnectResponse.newBuilder()
                    .setNodeId(node)
                    .setStoreId(Wire.bytes(session.store().id().hex()))
                    .setStoreName(session.store().name())
                    .setPosition(Wire.write(session.store().position()));
            session.token().acl().read().stream().map(Prefix::path).sorted().forEach(answer::addRead);
            session.token().acl().write().stream().map(Prefix::path).sorted().forEach(answer::addWrite);
            session.token().expires().ifPresent(expires -> answer.setExpiresAtMillis(expires.toEpochMilli()));
            return answer.build();
        });
    }

    @Override
    public void ready(ReadyRequest request, StreamObserver<ReadyResponse> out) {
        read(out, session -> {
            if (request.getEndpointsCount() > MAX_ENDPOINTS) {
                throw invalid("A process has at most " + MAX_ENDPOINTS + " endpoints.");
            }
            session.ready().ready(request.getEndpointsList().stream().map(StoreCalls::endpoint).toList());
            return ReadyResponse.getDefaultInstance();
        });
    }

    private static Endpoint endpoint(lattice.v1.Endpoint endpoint) {
        if (!PROTOCOL.matcher(endpoint.getProtocol()).matches() || !HOST.matcher(endpoint.getHost()).matches()) {
            throw invalid("An endpoint is a protocol such as http, an address such as 127.0.0.1 and a port; not '"
                    + shown(endpoint.getProtocol()) + "', '" + shown(endpoint.getHost()) + "'.");
        }
        if (endpoint.getPort() < 1 || endpoint.getPort() > MAX_PORT) {
            throw invalid("A port is 1 to " + MAX_PORT + ", not " + Integer.toUnsignedString(endpoint.getPort()) + ".");
        }
        return new Endpoint(endpoint.getProtocol(), endpoint.getHost(), endpoint.getPort());
    }

    @Override
    public void getPosition(GetPositionRequest request, StreamObserver<GetPositionResponse> out) {
        read(out, session -> GetPositionResponse.newBuilder()
                .setPosition(Wire.write(session.store().position())).build());
    }

    @Override
    public void get(GetRequest request, StreamObserver<GetResponse> out) {
        read(out, session -> {
            Key key = new Key(request.getKey());
            Rights.checkRead(session, Prefix.of(key));
            GetResponse.Builder answer = GetResponse.newBuilder();
            session.store().get(key).ifPresent(entry -> answer.setEntry(Wire.write(entry)));
            return answer.build();
        });
    }

    @Override
    public void put(PutRequest request, StreamObserver<WriteResponse> out) {
        inOrder(out, writes -> writes.put(request), StoreCalls::written);
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<WriteResponse> out) {
        inOrder(out, writes -> writes.delete(request), StoreCalls::written);
    }

    @Override
    public void batch(BatchRequest request, StreamObserver<WriteResponse> out) {
        inOrder(out, writes -> writes.batch(request), StoreCalls::written);
    }

    private static WriteResponse written(Receipt receipt) {
        return WriteResponse.newBuilder().setReceipt(Wire.write(receipt)).build();
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ApplyResponse> out) {
        inOrder(out, writes -> writes.apply(request), Wire::write);
    }

    @Override
    public StreamObserver<PipelineRequest> pipeline(StreamObserver<PipelineResponse> out) {
        ServerCallStreamObserver<PipelineResponse> stream = (ServerCallStreamObserver<PipelineResponse>) out;
        Pipeline pipeline = new Pipeline(stream, Connection.current(), Session.current(), limits, outlets::remove);
        checked(stream, () -> pipeline);
        stream.request(1);
        return pipeline;
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryResponse> out) {
        Session session = Session.current();
        ServerCallStreamObserver<HistoryResponse> stream = (ServerCallStreamObserver<HistoryResponse>) out;
        checked(stream, () -> {
            Key key = new Key(request.getKey());
            Rights.checkRead(session, Prefix.of(key));
            int limit = between("limit", request.getLimit(), HISTORY, 1, MAX_HISTORY);
            beginHistory(session);
            return pages(stream, outlet -> {
                histories.release();
                session.histories().release();
                outlets.remove(outlet);
            }, new Supplier<>() {
                private Iterator<HistoryEntry> entries;

                @Override
                public Optional<HistoryResponse> get() {
                    if (entries == null) {
                        entries = session.store().history(key, limit).iterator();
                    }
                    HistoryResponse.Builder page = HistoryResponse.newBuilder();
                    for (long bytes = 0; entries.hasNext() && bytes < Wire.PART_BYTES;) {
                        HistoryEntry entry = entries.next();
                        bytes += ENTRY_BYTES + entry.value().map(value -> value.length).orElse(0);
                        page.addEntries(Wire.write(entry));
                    }
                    return page.getEntriesCount() == 0 ? Optional.empty() : Optional.of(page.build());
                }
            });
        });
    }

    /** All of a history is in memory until it was read, so there are few at once. */
    private void beginHistory(Session session) {
        if (!session.histories().tryAcquire()) {
            throw Failures.status(Reason.BUSY, "You read too many histories at once; read those first.");
        }
        if (!histories.tryAcquire()) {
            session.histories().release();
            throw Failures.status(Reason.BUSY, "Too many histories are read at once; try again.");
        }
    }

    @Override
    public void scan(ScanRequest request, StreamObserver<ScanResponse> out) {
        Session session = Session.current();
        ServerCallStreamObserver<ScanResponse> stream = (ServerCallStreamObserver<ScanResponse>) out;
        checked(stream, () -> {
            Prefix prefix = new Prefix(request.getPrefix());
            Optional<Key> from = request.hasAfter() ? Optional.of(new Key(request.getAfter())) : Optional.empty();
            Rights.checkRead(session, prefix);
            int pageSize = between("page_size", request.getPageSize(), PAGE, 1, MAX_PAGE);
            return pages(stream, outlets::remove, new Supplier<>() {
                private Optional<Key> after = from;
                private long left = request.getLimit() > 0 ? request.getLimit() : Long.MAX_VALUE;

                @Override
                public Optional<ScanResponse> get() {
                    ScanResponse.Builder page = ScanResponse.newBuilder();
                    try (Stream<Entry> entries = after.isPresent()
                            ? session.store().scan(prefix, after.get()) : session.store().scan(prefix)) {
                        Iterator<Entry> each = entries.iterator();
                        Entry last = null;
                        for (long bytes = 0; left > 0 && page.getEntriesCount() < pageSize && bytes < Wire.PART_BYTES
                                && each.hasNext(); left--) {
                            last = each.next();
                            bytes += ENTRY_BYTES + last.key().path().length() + last.value().length;
                            page.addEntries(Wire.write(last));
                        }
                        if (last != null) {
                            after = Optional.of(last.key());
                        }
                    }
                    return page.getEntriesCount() == 0 ? Optional.empty() : Optional.of(page.build());
                }
            });
        });
    }

    private <A extends MessageLite> PageOutlet<A> pages(ServerCallStreamObserver<A> stream, Consumer<Outlet<?>> closed,
            Supplier<Optional<A>> pages) {
        return new PageOutlet<>(stream, new Turns(readers), closed, Connection.current().pageBytes(), limits.answerBytes(), pages);
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchResponse> out) {
        Session session = Session.current();
        Executor network = Connection.current().network();
        ServerCallStreamObserver<WatchResponse> stream = (ServerCallStreamObserver<WatchResponse>) out;
        checked(stream, () -> {
            Prefix prefix = new Prefix(request.getPrefix());
            Rights.checkRead(session, prefix);
            int interval = between("progress_interval_millis", request.getProgressIntervalMillis(), 0, MIN_PROGRESS,
                    MAX_PROGRESS);
            LogPosition after = request.hasAfter() ? Wire.read(request.getAfter()) : session.store().position();
            WatchOutlet outlet = new WatchOutlet(stream, network, outlets::remove, session, after,
                    new Wanted(prefix, filters(request, prefix), request.getCoalesce()), watches);
            if (interval > 0) {
                outlet.progressEvery(interval, clock);
            }
            return outlet;
        });
    }

    private List<Prefix> filters(WatchRequest request, Prefix prefix) {
        if (request.getFiltersCount() > MAX_FILTERS) {
            throw invalid("A watch has at most " + MAX_FILTERS + " filters; this one has " + request.getFiltersCount() + ".");
        }
        List<Prefix> filters = new ArrayList<>();
        for (String path : request.getFiltersList()) {
            Prefix filter = new Prefix(path);
            if (!prefix.contains(filter)) {
                throw invalid("The filter " + filter + " is not within the prefix " + prefix + ".");
            }
            filters.add(filter);
        }
        return filters;
    }

    /** Runs a stream if its request is good. */
    private void checked(ServerCallStreamObserver<?> stream, Supplier<Outlet<?>> outlet) {
        try {
            Outlet<?> started = outlet.get();
            outlets.add(started);
            started.start();
        } catch (StoreException e) {
            stream.onError(Failures.status(e));
        } catch (StatusRuntimeException e) {
            stream.onError(e);
        }
    }

    /** Answers from a thread that may wait. */
    private <A> void read(StreamObserver<A> out, Function<Session, A> work) {
        Session session = Session.current();
        Connection connection = Connection.current();
        ServerCallStreamObserver<A> answer = (ServerCallStreamObserver<A>) out;
        answer.setOnCancelHandler(() -> { /* It is looked at before the work begins; nothing else is to be undone. */ });
        RequestMeter meter = RequestMeter.current();
        meter.hold();
        readers.execute(() -> {
            try {
                if (answer.isCancelled()) {
                    return;
                }
                if (connection.answerBytes().get() > limits.answerBytes()) {
                    throw Failures.status(Reason.BUSY,
                            "Too many answers on this connection were not read yet. Read them first.");
                }
                A message = work.apply(session);
                answer.onNext(message);
                answer.onCompleted();
            } catch (RuntimeException e) {
                answer.onError(CallFailures.status(e));
            } finally {
                meter.letGo();
            }
        });
    }

    /** Submits a write after those that came before it on its connection, and answers when it is done. */
    private <R, A> void inOrder(StreamObserver<A> out, Function<Writes, CompletionStage<R>> work, Function<R, A> message) {
        Session session = Session.current();
        Writes writes = new Writes(session);
        ServerCallStreamObserver<A> answer = (ServerCallStreamObserver<A>) out;
        answer.setOnCancelHandler(() -> { /* A write that was begun is finished. */ });
        RequestMeter meter = RequestMeter.current();
        meter.hold();
        Connection.current().writes().execute(() -> {
            try {
                // A session that ended has told its calls so.
                if (answer.isCancelled() || session.ended()) {
                    return;
                }
                work.apply(writes).whenComplete((result, failure) -> {
                    if (failure != null) {
                        answer.onError(CallFailures.status(failure));
                    } else {
                        answer.onNext(message.apply(result));
                        answer.onCompleted();
                    }
                });
            } catch (RuntimeException e) {
                answer.onError(CallFailures.status(e));
            } finally {
                meter.letGo();
            }
        });
    }

    private static int between(String field, int value, int otherwise, int min, int max) {
        if (value == 0) {
            return otherwise;
        }
        if (value < min || value > max) {
            throw invalid("The field " + field + " is " + min + " to " + max + ", or 0 for " + otherwise + "; not "
                    + Integer.toUnsignedString(value) + ".");
        }
        return value;
    }

    private static StatusRuntimeException invalid(String message) {
        return Failures.status(Reason.INVALID_REQUEST, message);
    }

    private static String shown(String text) {
        String cut = text.length() <= MAX_CLIENT ? text : text.substring(0, MAX_CLIENT) + "...";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }

    /** Ends streams whose clients read nothing; called each second. */
    void sweep() {
        long now = System.nanoTime();
        outlets.forEach(outlet -> outlet.endIfStalled(now, limits.stalledAfter().toNanos()));
    }

    int streams() {
        return outlets.size();
    }

    /** Ends all streams. */
    @Override
    public void close() {
        outlets.forEach(outlet -> outlet.execute(() -> outlet.fail(Failures.status(Reason.CLOSED,
                "The node is stopping. Connect again when it is back."))));
    }
}
