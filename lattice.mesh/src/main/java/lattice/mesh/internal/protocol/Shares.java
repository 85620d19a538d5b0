package lattice.mesh.internal.protocol;

import java.util.HashMap;
import java.util.Map;
import lattice.api.id.NodeId;

/**
 * Memory for what came over links and waits, of which neither one peer nor one author gets more than a part: whoever floods
 * stands in his own way, and the others go on.
 */
final class Shares {
    /** So many can fill their shares before nobody else gets in. */
    static final int PARTS = 4;

    private final long bytes;
    private final Map<PeerLink, Long> ofPeers = new HashMap<>();
    private final Map<NodeId, Long> ofAuthors = new HashMap<>();
    private long total;

    /** @param bytes how much there is of it */
    Shares(long bytes) {
        this.bytes = bytes;
    }

    /** Whether there is room for so much; for the first of a peer and an author while not all is taken, however large it is. */
    boolean hasRoom(PeerLink peer, NodeId author, long more) {
        return (total == 0 || total + more <= bytes) && fits(ofPeers.getOrDefault(peer, 0L), more)
                && fits(ofAuthors.getOrDefault(author, 0L), more);
    }

    private boolean fits(long has, long more) {
        return has == 0 || has + more <= bytes / PARTS;
    }

    void add(PeerLink peer, NodeId author, long more) {
        ofPeers.merge(peer, more, Long::sum);
        ofAuthors.merge(author, more, Long::sum);
        total += more;
    }

    void remove(PeerLink peer, NodeId author, long less) {
        ofPeers.computeIfPresent(peer, (key, has) -> has == less ? null : has - less);
        ofAuthors.computeIfPresent(author, (key, has) -> has == less ? null : has - less);
        total -= less;
    }

    void clear() {
        ofPeers.clear();
        ofAuthors.clear();
        total = 0;
    }

    long total() {
        return total;
    }
}
