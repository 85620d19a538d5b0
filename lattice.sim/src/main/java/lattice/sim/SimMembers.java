package lattice.sim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.mesh.internal.protocol.Contact;
import lattice.mesh.internal.protocol.Members;

/** The members as one node knows them: who was let in by one who was, and so on back to the founder. */
final class SimMembers implements Members {
    private final Map<NodeId, NodeId> known = new HashMap<>();
    private final List<Contact> book = new ArrayList<>();

    void add(Contact contact) {
        if (known.putIfAbsent(contact.node(), contact.node()) == null) {
            book.add(contact);
        }
    }

    /** Takes in what was granted so far; what was granted by somebody of whom nothing is known yet counts later. */
    void add(Collection<SimGrant> grants) {
        List<SimGrant> left = new ArrayList<>(grants);
        boolean more;
        do {
            more = left.removeIf(this::counted);
        } while (more);
    }

    private boolean counted(SimGrant grant) {
        boolean counts = grant.founds() || known.containsKey(grant.by());
        if (counts) {
            add(SimNode.contact(grant.number()));
        }
        return counts;
    }

    boolean isMember(NodeId node) {
        return known.containsKey(node);
    }

    /** Until the founder is known nobody is told from a stranger. */
    @Override
    public boolean knows(NodeId node) {
        return known.isEmpty() || known.containsKey(node);
    }

    @Override
    public Optional<NodeId> asKnown(NodeId node) {
        return Optional.ofNullable(known.get(node));
    }

    @Override
    public int count() {
        return Math.max(1, known.size());
    }

    @Override
    public List<Contact> addressBook() {
        return book;
    }
}
