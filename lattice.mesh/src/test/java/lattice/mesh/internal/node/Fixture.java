package lattice.mesh.internal.node;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.Entry;
import lattice.api.store.HybridTime;
import lattice.api.store.Key;
import lattice.api.store.LogPosition;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.Transaction;
import lattice.api.store.Version;
import lattice.kernel.membership.Checkpointing;
import lattice.kernel.membership.DeclaredStores;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.kernel.node.MetaStore;
import lattice.kernel.node.NodeKey;
import lattice.kernel.replication.ChainHead;
import lattice.kernel.replication.IngestResult;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;

/** What the mesh stands on, in memory. */
public final class Fixture {
    public static final StoreId MESH = new StoreId("5".repeat(64));

    private Fixture() {
    }

    public record Key25519(NodeId id, PrivateKey privateKey) implements NodeKey {
        public static Key25519 random() throws GeneralSecurityException {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] encoded = pair.getPublic().getEncoded();
            return new Key25519(new NodeId(HexFormat.of().formatHex(encoded, encoded.length - 32, encoded.length)),
                    pair.getPrivate());
        }
    }

    /** The members, as every node of a test sees them at once. */
    public static final class SharedMembers {
        private final Map<NodeId, Member> members = new ConcurrentSkipListMap<>();
        private final Set<String> used = ConcurrentHashMap.newKeySet();
        private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
        private volatile Runnable beforeGrant = () -> { };

        public SharedMembers(NodeId founder) {
            put(founder, Role.ADMIN, true, List.of());
        }

        public void put(NodeId node, Role role, boolean present, List<String> addresses) {
            put(node, role, present, "", addresses);
        }

        private void put(NodeId node, Role role, boolean present, String name, List<String> addresses) {
            members.put(node, new Member(node, role, present, false, name, addresses, Optional.empty(), Optional.empty(),
                    Optional.empty()));
            listeners.forEach(Runnable::run);
        }

        public Member get(NodeId node) {
            return members.get(node);
        }

        /** Has something done while a node is being let in. */
        public void beforeGrant(Runnable action) {
            beforeGrant = action;
        }

        public Membership of(NodeId self) {
            return new Membership() {
                @Override
                public StoreId mesh() {
                    return MESH;
                }

                @Override
                public Optional<NodeId> founder() {
                    return members.keySet().stream().findFirst();
                }

                @Override
                public List<Member> members() {
                    return List.copyOf(members.values());
                }

                @Override
                public Optional<Member> member(NodeId node) {
                    return Optional.ofNullable(members.get(node));
                }

                @Override
                public boolean isMember(NodeId node) {
                    return member(node).filter(Member::present).isPresent();
                }

                @Override
                public boolean wasEverMember(NodeId node) {
                    return members.containsKey(node);
                }

                @Override
                public boolean mayInvite() {
                    return member(self).filter(member -> member.role() == Role.ADMIN).isPresent();
                }

                @Override
                public boolean isUsed(byte[] inviteHash) {
                    return used.contains(HexFormat.of().formatHex(inviteHash));
                }

                @Override
                public void grant(NodeId node, Role role, Optional<byte[]> inviteHash, String name,
                        List<String> addresses) {
                    if (!mayInvite()) {
                        throw new StoreException(StoreException.Code.DENIED, "This node is no administrator.");
                    }
                    beforeGrant.run();
                    inviteHash.ifPresent(hash -> used.add(HexFormat.of().formatHex(hash)));
                    put(node, role, true, name, addresses);
                }

                @Override
                public void demote(NodeId node) {
                    put(node, Role.MEMBER, true, List.of());
                }

                @Override
                public void revoke(NodeId node, boolean unseen) {
                    put(node, Role.MEMBER, false, List.of());
                }

                @Override
                public void leave() {
                    revoke(self, false);
                }

                @Override
                public DeclaredStores stores() {
                    throw new AssertionError("The protocol does not declare stores.");
                }

                @Override
                public Checkpointing checkpoints() {
                    throw new AssertionError("The protocol does not make checkpoints.");
                }

                @Override
                public void announce(List<String> addresses) {
                    Member member = members.get(self);
                    put(self, member.role(), member.present(), addresses);
                }

                @Override
                public AutoCloseable onChange(Runnable listener) {
                    listeners.add(listener);
                    return () -> listeners.remove(listener);
                }
            };
        }
    }

    /** Commits that are numbered, and taken for genuine if they start with their author's id. */
    public static final class MemoryLog implements LogWithoutCheckpoints {
        private final StoreId store;
        private final Map<Author, List<SignedCommit>> chains = new ConcurrentHashMap<>();
        private final List<Consumer<List<SignedCommit>>> listeners = new CopyOnWriteArrayList<>();

        public MemoryLog(StoreId store) {
            this.store = store;
        }

        public SignedCommit write(NodeId self, String text) {
            Author author = new Author(self, 1);
            SignedCommit commit = new SignedCommit(author, held().of(author) + 1, (self.hex() + text).getBytes(),
                    new byte[64]);
            add(List.of(commit));
            listeners.forEach(listener -> listener.accept(List.of(commit)));
            return commit;
        }

        @Override
        public StoreId store() {
            return store;
        }

        @Override
        public synchronized VersionVector held() {
            Map<Author, Long> held = new HashMap<>();
            chains.forEach((author, chain) -> held.put(author, (long) chain.size()));
            return new VersionVector(held);
        }

        @Override
        public synchronized Map<Author, ChainHead> heads() {
            Map<Author, ChainHead> heads = new HashMap<>();
            chains.keySet().forEach(author -> head(author).ifPresent(head -> heads.put(author, head)));
            return heads;
        }

        @Override
        public synchronized Optional<ChainHead> head(Author author) {
            return Optional.ofNullable(chains.get(author)).filter(chain -> !chain.isEmpty())
                    .map(chain -> new ChainHead(chain.size(), sha256(chain.get(chain.size() - 1).commit())));
        }

        @Override
        public byte[] hash(SignedCommit commit) {
            return sha256(commit.commit());
        }

        @Override
        public Map<Author, Long> forked() {
            return Map.of();
        }

        private static byte[] sha256(byte[] bytes) {
            try {
                return java.security.MessageDigest.getInstance("SHA-256").digest(bytes);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public synchronized List<SignedCommit> after(VersionVector known, int maxBytes) {
            List<SignedCommit> found = new ArrayList<>();
            int bytes = 0;
            for (Map.Entry<Author, List<SignedCommit>> each : chains.entrySet()) {
                for (long i = known.of(each.getKey()); i < each.getValue().size() && bytes < maxBytes; i++) {
                    SignedCommit commit = each.getValue().get((int) i);
                    found.add(commit);
                    bytes += commit.commit().length;
                }
            }
            return found;
        }

        @Override
        public CompletionStage<IngestResult> ingest(List<SignedCommit> commits) {
            return CompletableFuture.completedFuture(add(commits));
        }

        private synchronized IngestResult add(List<SignedCommit> commits) {
            int added = 0;
            for (SignedCommit commit : commits) {
                List<SignedCommit> chain = chains.computeIfAbsent(commit.author(), key -> new ArrayList<>());
                if (commit.sequence() <= chain.size()) {
                    continue;
                }
                if (commit.sequence() > chain.size() + 1) {
                    return new IngestResult.Gap(commit.author(), chain.size() + 1);
                }
                if (!new String(commit.commit()).startsWith(commit.author().node().hex())) {
                    return new IngestResult.Rejected(commit.author(), commit.sequence(), "it is not its author's.");
                }
                chain.add(commit);
                added++;
            }
            return new IngestResult.Accepted(added);
        }

        @Override
        public byte[] digest() {
            return sha256(held().upTo().toString().getBytes());
        }

        @Override
        public AutoCloseable onOwnCommits(Consumer<List<SignedCommit>> listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }
    }

    public static final class MemoryMeta implements MetaStore {
        private final Map<Key, Entry> entries = new ConcurrentSkipListMap<>();

        @Override
        public Optional<Entry> get(Key key) {
            return Optional.ofNullable(entries.get(key));
        }

        @Override
        public Stream<Entry> scan(Prefix prefix) {
            return entries.values().stream().filter(entry -> prefix.contains(entry.key()));
        }

        @Override
        public Receipt write(Transaction transaction) {
            Version version = new Version(HybridTime.ofMillis(1), new Author(new NodeId("0".repeat(64)), 1), 0);
            for (Mutation mutation : transaction.mutations()) {
                if (mutation instanceof Mutation.Put put) {
                    entries.put(put.key(), new Entry(put.key(), put.value(), version, 1, false));
                } else {
                    entries.remove(mutation.key());
                }
            }
            return new Receipt(new LogPosition("log", 1), version);
        }
    }
}
