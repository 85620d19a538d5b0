package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.store.Key;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;

/**
 * Which transactions count. Decided by the control commits alone, so every node that holds the same ones decides alike;
 * never by what time it is. A transaction that doesn't count is void: stored, never visible.
 */
public sealed interface Authority {
    /** Why a node's transaction doesn't count; empty if it does. */
    Optional<String> objection(NodeId author, TransactionSection transaction);

    /** Everybody who can write at all may write everything: a store whose authors were admitted elsewhere. */
    record Everybody() implements Authority {
        @Override
        public Optional<String> objection(NodeId author, TransactionSection transaction) {
            return Optional.empty();
        }
    }

    /** One node alone writes: the meta store, and the child stores of a mesh of one. */
    record Only(NodeId writer) implements Authority {
        @Override
        public Optional<String> objection(NodeId author, TransactionSection transaction) {
            return author.equals(writer) ? Optional.empty()
                    : Optional.of("Node " + author.shortId() + " is not a member of this mesh.");
        }
    }

    /** A root store of a mesh whose founder is its only member and administrator. */
    record Founder(NodeId founder) implements Authority {
        @Override
        public Optional<String> objection(NodeId author, TransactionSection transaction) {
            if (!author.equals(founder)) {
                return Optional.of("Node " + author.shortId() + " is not a member of this mesh.");
            }
            for (Write write : transaction.writes()) {
                Key key = new Key(new String(write.key(), StandardCharsets.UTF_8));
                if (SystemTables.isAboutNodes(key) && !SystemTables.isOf(author, key)) {
                    return Optional.of("Node " + author.shortId() + " may not write " + key + ".");
                }
            }
            return Optional.empty();
        }
    }
}
