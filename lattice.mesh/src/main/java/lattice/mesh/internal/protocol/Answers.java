package lattice.mesh.internal.protocol;

import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.VersionVector;

/** Sends peers what they ask for, as much of it as a chunk holds; a peer that asks again before it was answered is not heard. */
final class Answers {
    private static final HexFormat HEX = HexFormat.of();

    private final Replica replica;
    private final Heads heads;
    private final Settings settings;
    private final Set<PeerLink> answering = new HashSet<>();

    Answers(Replica replica, Heads heads, Settings settings) {
        this.replica = replica;
        this.heads = heads;
        this.settings = settings;
    }

    /** Sends commits; where they are held and not kept any more, an offer of the state of a checkpoint. */
    void send(PeerLink to, List<Message.From> wanted) {
        if (!answering.add(to)) {
            return;
        }
        Set<Author> asked = new HashSet<>();
        wanted.forEach(from -> asked.add(from.author()));
        replica.read(new VersionVector(heads.exceptFrom(wanted)), settings.chunkBytes(), commits -> {
            answering.remove(to);
            List<SignedCommit> sent = commits.stream().filter(commit -> asked.contains(commit.author())).toList();
            Map<Author, Long> upTo = new HashMap<>();
            wanted.forEach(from -> upTo.put(from.author(), from.sequence() - 1));
            sent.forEach(commit -> upTo.merge(commit.author(), commit.sequence(), Math::max));
            boolean more = upTo.entrySet().stream().anyMatch(each -> each.getValue() < heads.of(each.getKey()));
            if (!more || !sent.isEmpty()) {
                to.send(new Message.Chunk(replica.store(), sent, more));
                return;
            }
            replica.offer(offer -> to.send(offer.<Message>map(state -> new Message.Offer(replica.store(), state))
                    .orElse(new Message.Chunk(replica.store(), sent, true))));
        });
    }

    /** Sends a part of the state of a checkpoint; nothing of it if it is not held any more. */
    void send(PeerLink to, Message.WantState want) {
        replica.state(HEX.parseHex(want.state().hex()), want.offset(), settings.chunkBytes(),
                part -> to.send(new Message.StatePart(replica.store(), want.state(), want.offset(), part)));
    }

    void neighbourDown(PeerLink link) {
        answering.remove(link);
    }
}
