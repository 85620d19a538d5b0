package lattice.mesh.internal.join;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Transaction;
import lattice.kernel.membership.Role;
import lattice.kernel.node.MetaStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open invitations of this node: in its meta store, so that a restart does not end them and nobody else has them. A
 * value is one line: mesh, role, end in milliseconds since 1970, and the secret as hexadecimal digits.
 */
public final class Invites {
    private static final Logger LOG = LoggerFactory.getLogger(Invites.class);
    private static final int MAX_OPEN = 1_000;

    private final MetaStore meta;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param number 8 bytes
     * @param role what the node becomes
     * @param ends when it is good no more
     * @param secret 16 bytes
     */
    record Invite(byte[] number, StoreId mesh, Role role, Instant ends, byte[] secret) {
    }

    public Invites(MetaStore meta, Clock clock) {
        this.meta = meta;
        this.clock = clock;
    }

    /** @throws IllegalStateException if too many are open */
    public Token open(StoreId mesh, NodeId self, Role role, Duration life, List<String> addresses) {
        tidy();
        if (count() >= MAX_OPEN) {
            throw new IllegalStateException("There are " + MAX_OPEN + " open invitations: wait until some have ended.");
        }
        byte[] number = new byte[Token.NUMBER_BYTES];
        byte[] secret = new byte[Token.SECRET_BYTES];
        random.nextBytes(number);
        random.nextBytes(secret);
        write(new Invite(number, mesh, role, clock.instant().plus(life), secret));
        return new Token(mesh, self, number, secret, addresses);
    }

    /** An invitation that this node has given and not taken back; it may have ended. */
    Optional<Invite> find(byte[] number) {
        return meta.get(key(number)).flatMap(entry -> parse(number, entry.text()));
    }

    /** Ends an invitation that was accepted; it is remembered for a day, so that who comes with it again is told why not. */
    void close(Invite invite) {
        write(new Invite(invite.number(), invite.mesh(), invite.role(), clock.instant(), invite.secret()));
    }

    private void write(Invite invite) {
        meta.write(Transaction.of(new Mutation.Put(key(invite.number()), invite.mesh().hex() + " " + invite.role() + " "
                + invite.ends().toEpochMilli() + " " + HexFormat.of().formatHex(invite.secret()))));
    }

    boolean hasEnded(Invite invite) {
        return !clock.instant().isBefore(invite.ends());
    }

    /** How many are open. */
    public long count() {
        try (Stream<Entry> entries = meta.scan(MetaStore.INVITES)) {
            return entries.map(entry -> parse(numberOf(entry), entry.text()))
                    .filter(invite -> invite.isPresent() && !hasEnded(invite.get())).count();
        }
    }

    private static byte[] numberOf(Entry entry) {
        return HexFormat.of().parseHex(entry.key().segments()[2]);
    }

    private void tidy() {
        List<Entry> entries;
        try (Stream<Entry> scanned = meta.scan(MetaStore.INVITES)) {
            entries = scanned.toList();
        }
        for (Entry entry : entries) {
            Optional<Invite> invite = parse(numberOf(entry), entry.text());
            if (invite.isEmpty() || invite.get().ends().plus(Duration.ofDays(1)).isBefore(clock.instant())) {
                meta.write(Transaction.of(new Mutation.Delete(entry.key())));
            }
        }
    }

    private static Key key(byte[] number) {
        return new Key(MetaStore.INVITES + "/" + HexFormat.of().formatHex(number));
    }

    private static Optional<Invite> parse(byte[] number, String text) {
        String[] words = text.split(" ");
        try {
            return Optional.of(new Invite(Arrays.copyOf(number, Token.NUMBER_BYTES), new StoreId(words[0]),
                    Role.valueOf(words[1]), Instant.ofEpochMilli(Long.parseLong(words[2])),
                    HexFormat.of().parseHex(words[3])));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            LOG.warn("An open invitation can't be read and counts as none: {}", e.getMessage());
            return Optional.empty();
        }
    }
}
