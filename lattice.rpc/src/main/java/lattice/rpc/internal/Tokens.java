package lattice.rpc.internal;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Acl;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.Node;
import lattice.protocol.Failures;
import lattice.protocol.Reason;
import lattice.rpc.IssuedToken;
import lattice.rpc.ReadyListener;
import lattice.rpc.ServiceTokens;
import lattice.rpc.TokenGrant;
import lattice.rpc.TokenInfo;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of this node. A token reads {@code lattice_ID_SECRET}: 8 hexadecimal digits by which it is found, and 256
 * random bits in Base64, of which only the SHA-256 is kept. Since the secret is random no slow hash is needed.
 */
@Component(service = {ServiceTokens.class, Tokens.class})
public final class Tokens implements ServiceTokens {
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    private static final Pattern FORM = Pattern.compile("lattice_([0-9a-f]{8})_([A-Za-z0-9_-]{43})");
    private static final int SECRET_BYTES = 32;
    private static final Duration LONGEST = Duration.ofDays(3660);
    private static final byte[] NO_HASH = new byte[32];
    private static final ReadyListener NOBODY = endpoints -> { };

    private final MetaStore meta;
    private final NodeId node;
    private final Function<TokenInfo, Optional<Store>> stores;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /** A token, and its session once it was used. */
    private static final class Known {
        private final TokenRecord record;
        private final ReadyListener ready;
        private Session session; // guarded by this
        /** It is good for nothing any more, though that may not be written down yet. */
        private volatile boolean revoked;

        Known(TokenRecord record, ReadyListener ready) {
            this.record = record;
            this.ready = ready;
        }
    }

    @Activate
    public Tokens(@Reference MetaStore meta, @Reference Node node) {
        this(meta, node.id(), info -> store(node, info.store()).map(
                store -> node.restrictedTo(store.id(), info.service(), info.acl())), InstantSource.system());
    }

    /** By its name, or by its id, which says it where two meshes have stores of one name. */
    private static Optional<Store> store(Node node, String name) {
        return node.store(name).or(() -> name.matches("[0-9a-f]{64}") ? node.store(new StoreId(name)) : Optional.empty());
    }

    /** @param stores gives the store of a token with the token's rights, if it is here */
    Tokens(MetaStore meta, NodeId node, Function<TokenInfo, Optional<Store>> stores, InstantSource clock) {
        this.meta = meta;
        this.node = node;
        this.stores = stores;
        this.clock = clock;
        try (Stream<Entry> entries = meta.scan(MetaStore.TOKENS)) {
            entries.forEach(this::load);
        }
    }

    private void load(Entry entry) {
        try {
            TokenRecord record = TokenRecord.decode(entry.value());
            known.put(record.info().id(), new Known(record, NOBODY));
        } catch (IOException e) {
            LOG.error("The token at {} of the meta store can't be read and is not good: {}", entry.key(), e.getMessage());
        }
    }

    @Override
    public Optional<Prefix> forbidden(ServiceId service, Acl asked) {
        return TokenRules.forbidden(node, service, asked);
    }

    @Override
    public IssuedToken issue(TokenGrant grant) {
        return issue(grant, NOBODY);
    }

    @Override
    public IssuedToken issue(TokenGrant grant, ReadyListener ready) {
        return issue(grant, TokenRules.rights(node, grant.service(), grant.acl()), ready);
    }

    /** @param rights all that the token may do; {@link TokenRules} say what they should be */
    IssuedToken issue(TokenGrant grant, Acl rights, ReadyListener ready) {
        grant.lifetime().filter(life -> life.isNegative() || life.isZero() || life.compareTo(LONGEST) > 0).ifPresent(life -> {
            throw new IllegalArgumentException("A token lives between a second and ten years; leave the time out for one"
                    + " without an end.");
        });
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        // To the millisecond, as it is kept.
        Instant now = Instant.ofEpochMilli(clock.millis());
        TokenInfo info = new TokenInfo(freshId(), grant.service(), grant.store(),
                rights, now, grant.lifetime().map(now::plus), grant.kept());
        if (stores.apply(info).isEmpty()) {
            throw new IllegalArgumentException("There is no store '" + grant.store() + "' at this node.");
        }
        TokenRecord record = new TokenRecord(info, hash(text));
        if (grant.kept()) {
            meta.write(Transaction.of(new Mutation.Put(key(info.id()), record.encode())));
        }
        known.put(info.id(), new Known(record, ready));
        LOG.info("Made token {} for {}", info.id(), info.service());
        return new IssuedToken(info, "lattice_" + info.id() + "_" + text);
    }

    private String freshId() {
        byte[] bytes = new byte[4];
        String id;
        do {
            random.nextBytes(bytes);
            id = HexFormat.of().formatHex(bytes);
        } while (known.containsKey(id));
        return id;
    }

    @Override
    public List<TokenInfo> list() {
        Instant now = clock.instant();
        return known.values().stream().map(one -> one.record.info())
                .filter(info -> info.expires().filter(expires -> !now.isBefore(expires)).isEmpty())
                .sorted(Comparator.comparing(TokenInfo::created).thenComparing(TokenInfo::id)).toList();
    }

    @Override
    public boolean revoke(String id) {
        return drop(id, "Your token was revoked. Ask the owner of the node for a new one.");
    }

    private boolean drop(String id, String why) {
        Known gone = known.get(id);
        if (gone == null) {
            return false;
        }
        gone.revoked = true;
        synchronized (gone) {
            if (gone.session != null) {
                StatusRuntimeException end = Failures.status(Reason.TOKEN_REFUSED, why);
                gone.session.end(end);
            }
        }
        if (gone.record.info().kept()) {
            try {
                meta.write(Transaction.of(new Mutation.Delete(key(id))));
            } catch (StoreException e) {
                throw new StoreException(e.code(), "Token " + id + " is no longer good, but that could not be written down, so it"
                        + " would be good again after a restart: revoke it again. " + e.getMessage(), e);
            }
        }
        if (!known.remove(id, gone)) {
            return false;
        }
        LOG.info("Token {} of {} is no longer good", id, gone.record.info().service());
        return true;
    }

    /**
     * The session of a token, if the token is good. How long it takes tells nothing about a secret: hashes are compared
     * in constant time, and an id that is not known costs the same.
     */
    Optional<Session> authenticate(String token) {
        var form = FORM.matcher(token);
        if (!form.matches()) {
            return Optional.empty();
        }
        Known candidate = known.get(form.group(1));
        boolean same = MessageDigest.isEqual(hash(form.group(2)), candidate == null ? NO_HASH : candidate.record.hash());
        if (candidate == null || !same || candidate.revoked) {
            return Optional.empty();
        }
        synchronized (candidate) {
            if (candidate.session == null) {
                Optional<Store> store = stores.apply(candidate.record.info());
                if (store.isEmpty()) {
                    LOG.warn("Token {} is for the store '{}', which this node no longer has", candidate.record.info().id(),
                            candidate.record.info().store());
                    return Optional.empty();
                }
                candidate.session = new Session(candidate.record.info(), store.get(),
                        () -> stores.apply(candidate.record.info()), candidate.ready);
            }
            // Revoked since it was looked up: then nobody would end the session that was just made.
            return Optional.of(candidate.session)
                    .filter(session -> !candidate.revoked && !session.expired(clock.instant()));
        }
    }

    /** Ends what has run out; called each second. */
    void sweep() {
        Instant now = clock.instant();
        for (Known one : known.values()) {
            if (one.record.info().expires().filter(expires -> !now.isBefore(expires)).isPresent()) {
                try {
                    drop(one.record.info().id(), "Your token has run out. Ask the owner of the node for a new one.");
                } catch (StoreException e) {
                    // It is good for nothing all the same, and is tried again in a second.
                    LOG.debug("The record of the expired token {} could not be removed", one.record.info().id(), e);
                }
            }
        }
    }

    private static Key key(String id) {
        return new Key(MetaStore.TOKENS + "/" + id);
    }

    private static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
