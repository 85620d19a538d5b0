package lattice.kernel.internal.store;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.store.Key;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.validity.Control;
import lattice.kernel.internal.validity.Position;
import lattice.kernel.internal.validity.Validity;

/**
 * Which transactions count. Decided by the control commits alone, so every node that holds the same ones decides alike;
 * never by what time it is. A transaction that doesn't count is void: stored, never visible.
 */
public sealed interface Authority {
    /**
     * Why a transaction doesn't count; empty if it does.
     *
     * @param position of its commit; without a hash if it is not made yet
     * @param control what the control commits of the root store say, this one included
     */
    Optional<String> objection(Position position, TransactionSection transaction, Control control);

    /** What it decides by: as long as this is the same, what was checked once need not be checked again. */
    default Control basis(Control own) {
        return own;
    }

    /** Everybody who can write at all may write everything. */
    record Everybody() implements Authority {
        @Override
        public Optional<String> objection(Position position, TransactionSection transaction, Control control) {
            return Optional.empty();
        }
    }

    /** One node alone writes: the meta store. */
    record Only(NodeId writer) implements Authority {
        @Override
        public Optional<String> objection(Position position, TransactionSection transaction, Control control) {
            return position.author().node().equals(writer) ? Optional.empty() : Optional.of(noMember(position));
        }
    }

    /**
     * The members of a mesh write everything: a child store.
     *
     * @param root what the root store's control commits say now
     */
    record Members(Supplier<Control> root) implements Authority {
        @Override
        public Control basis(Control own) {
            return root.get();
        }

        @Override
        public Optional<String> objection(Position position, TransactionSection transaction, Control control) {
            boolean member = control.validity(position).map(validity -> validity.isMember(position)).orElse(false);
            return member ? Optional.empty() : Optional.of(noMember(position));
        }
    }

    /**
     * A root store: administrators write {@code /services} and {@code /stores}, and what {@code /peers} says about other
     * nodes; each node writes its own {@code /nodes/{id}} and {@code /peers/{id}/addresses}; members write the rest.
     */
    record Root() implements Authority {
        @Override
        public Optional<String> objection(Position position, TransactionSection transaction, Control control) {
            if (position.sequence() == 1 && position.hash().hex().equals(position.store().hex())) {
                return Optional.empty();
            }
            if (control.validity().isEmpty()) {
                return Optional.of("Who founded this mesh is not known here yet: wait until its store has arrived.");
            }
            Validity validity = control.validity(position).get();
            NodeId author = position.author().node();
            for (Write write : transaction.writes()) {
                if (!SystemTables.maybeHolds(write.key())) {
                    if (!validity.isMember(position)) {
                        return Optional.of(noMember(position));
                    }
                    continue;
                }
                Key key = new Key(new String(write.key(), StandardCharsets.UTF_8));
                if (SystemTables.PEERS.contains(key)) {
                    boolean own = validity.isMember(position) && SystemTables.isAddressesOf(author, key);
                    if (!own && !(transaction.writes().size() == 1 && control.allows(position, write))) {
                        return Optional.of(validity.isMember(position) ? "Node " + author.shortId() + " may not write " + key
                                + ": lattice:invite, lattice:revoke and lattice:leave do, where they may."
                                : noMember(position));
                    }
                } else if (!validity.isMember(position)) {
                    return Optional.of(noMember(position));
                } else if (SystemTables.isControl(key) && !validity.isAdmin(position)) {
                    return Optional.of("Node " + author.shortId() + " may not write " + key
                            + ": it is no administrator of this mesh.");
                } else if (SystemTables.isAboutNodes(key) && !SystemTables.isOf(author, key)) {
                    return Optional.of("Node " + author.shortId() + " may not write " + key + ".");
                }
            }
            return Optional.empty();
        }
    }

    private static String noMember(Position position) {
        return "Node " + position.author().node().shortId() + " is not a member of this mesh.";
    }
}
