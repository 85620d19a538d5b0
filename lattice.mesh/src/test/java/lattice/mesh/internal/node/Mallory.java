package lattice.mesh.internal.node;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.internal.validity.ForkProof;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.TlsIdentity;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Message;
import lattice.mesh.internal.protocol.PeerLink;

/** A member's key in the wrong hands: it keeps to the protocol of links, and says over them what it likes. */
final class Mallory implements LinkPort.Guest, AutoCloseable {
    private final Identity identity;
    private final LinkPort port;
    private final Hash mesh;
    private final BlockingQueue<LinkPort.Link> up = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> accepted = new LinkedBlockingQueue<>();
    private final Map<NodeId, PeerLink> links = new ConcurrentHashMap<>();

    Mallory(Path home, RealNode founder) throws Exception {
        identity = new IdentityFile(home).loadOrCreate();
        mesh = Hash.fromHex(founder.mesh().hex());
        port = new LinkPort(new TlsIdentity(new Fixture.Key25519(identity.id(), identity.privateKey())), (peer, asked, from) -> {
            throw new AssertionError("Nobody asks to join here.");
        });
        port.open(founder.mesh(), this);
    }

    NodeId id() {
        return identity.id();
    }

    Author author() {
        return new Author(identity.id(), 1);
    }

    /** @return whether it is a neighbour of that node now */
    boolean reach(RealNode node) throws InterruptedException {
        BlockingQueue<Boolean> failed = new LinkedBlockingQueue<>();
        port.dial(node.mesh(), node.id(), "127.0.0.1", node.at(), () -> failed.add(true));
        for (int i = 0; i < 600 && failed.isEmpty(); i++) {
            LinkPort.Link link = up.poll(50, TimeUnit.MILLISECONDS);
            if (link != null) {
                link.peerLink().send(new Message.Neighbor(new Contact(id(), List.of()), true));
                return isAccepted(node);
            }
        }
        return false;
    }

    private boolean isAccepted(RealNode node) throws InterruptedException {
        Boolean answer = null;
        for (int i = 0; i < 400 && answer == null && isLinked(node); i++) {
            answer = accepted.poll(50, TimeUnit.MILLISECONDS);
        }
        return answer != null && answer;
    }

    /** @return whether the link took it */
    boolean push(RealNode to, SignedCommit... commits) {
        return say(to, new Message.Push(to.mesh(), List.of(commits)));
    }

    /** @return whether the link took it */
    boolean say(RealNode to, Message message) {
        return links.get(to.id()).send(message);
    }

    boolean isLinked(RealNode node) {
        return links.containsKey(node.id());
    }

    /** A commit in its own name, or with its signature in that of somebody else. */
    SignedCommit commit(Author author, SignedCommit before, HybridTime time, String key, byte[] value) {
        Write write = new Write(key.getBytes(StandardCharsets.UTF_8), value, null);
        byte[] bytes = CommitCodec.encode(new Commit(mesh, author, before == null ? 1 : before.sequence() + 1, time,
                before == null ? Hash.NONE : CommitCodec.hash(before.commit()), List.of(new TransactionSection(Optional.empty(),
                        Optional.empty(), Optional.empty(), List.of(write)))));
        return new SignedCommit(author, before == null ? 1 : before.sequence() + 1, bytes,
                identity.sign(CommitCodec.hash(bytes)));
    }

    SignedCommit commit(SignedCommit before, String key, String value) {
        HybridTime time = HybridTime.ofMillis(System.currentTimeMillis() + (before == null ? 0 : before.sequence()));
        return commit(author(), before, time, key, value.getBytes(StandardCharsets.UTF_8));
    }

    /** That somebody else made two histories: all in order, but that it can't sign for whom it accuses. */
    ForkProof accusation(Author accused) {
        List<ForkProof.Run> runs = Stream.of("one", "other").map(body -> {
            CommitCodec.Header header = new CommitCodec.Header(mesh, accused, 2, HybridTime.ofMillis(System.currentTimeMillis()), mesh,
                    Hash.of(body.getBytes(StandardCharsets.UTF_8)));
            return new ForkProof.Run(List.of(header), identity.sign(header.hash()));
        }).toList();
        return new ForkProof(new StoreId(mesh.hex()), accused, 2, runs.get(0), runs.get(1));
    }

    @Override
    public boolean welcomes(NodeId peer) {
        return true;
    }

    @Override
    public void linkUp(LinkPort.Link link) {
        links.put(link.peerLink().peer(), link.peerLink());
        up.add(link);
    }

    @Override
    public void linkDown(LinkPort.Link link) {
        links.values().remove(link.peerLink());
    }

    @Override
    public void received(LinkPort.Link link, Message message, int bytes) {
        if (message instanceof Message.NeighborReply reply) {
            accepted.add(reply.accepted());
        }
        link.dealtWith(bytes);
    }

    @Override
    public void malformed(LinkPort.Link link, String what) {
        throw new AssertionError(what);
    }

    @Override
    public void close() {
        port.close();
    }
}
