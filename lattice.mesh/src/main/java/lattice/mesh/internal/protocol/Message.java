package lattice.mesh.internal.protocol;

import java.util.Arrays;
import java.util.List;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;

/** What nodes say to each other over a link. */
public sealed interface Message {
    /** First word of a newcomer: take me as a neighbour and spread the word (HyParView). */
    record Join(Contact contact) implements Message {
    }

    /** News of a newcomer on its random walk. */
    record ForwardJoin(Contact contact, int timeToLive) implements Message {
    }

    /** Take me as a neighbour; an urgent request is not refused. */
    record Neighbor(Contact contact, boolean urgent) implements Message {
    }

    record NeighborReply(boolean accepted) implements Message {
    }

    /** You are no longer a neighbour of mine, for want of room. */
    record Disconnect() implements Message {
    }

    /** Contacts to exchange, on a random walk; the answer comes back the same way. */
    record Shuffle(long id, int timeToLive, List<Contact> contacts) implements Message {
        public Shuffle {
            contacts = List.copyOf(contacts);
        }
    }

    record ShuffleReply(long id, List<Contact> contacts) implements Message {
        public ShuffleReply {
            contacts = List.copyOf(contacts);
        }
    }

    /** Commits, unasked and at once, along the tree (Plumtree's GOSSIP). */
    record Push(StoreId store, List<SignedCommit> commits) implements Message {
        public Push {
            commits = List.copyOf(commits);
        }
    }

    /** What the sender holds now, off the tree (Plumtree's IHAVE). */
    record Announce(StoreId store, List<Head> heads) implements Message {
        public Announce {
            heads = List.copyOf(heads);
        }
    }

    /** I have had that already: take this link out of the tree. */
    record Prune() implements Message {
    }

    /** A summary of all that is held of each store (Demers et al., anti-entropy). */
    record Digest(List<StoreSum> stores) implements Message {
        public Digest {
            stores = List.copyOf(stores);
        }
    }

    record StoreSum(StoreId store, Sum sum) {
    }

    /** Sums of a store's authors by bucket, as the sums of the whole differ and there are many authors. */
    record Buckets(StoreId store, List<Sum> sums) implements Message {
        public Buckets {
            sums = List.copyOf(sums);
        }
    }

    /**
     * The version vector of a store, or of some buckets of it.
     *
     * @param buckets one bit for each bucket that is complete in {@code heads}
     * @param answer whether the receiver is to answer with its own
     */
    record Vector(StoreId store, long buckets, List<Head> heads, boolean answer) implements Message {
        public Vector {
            heads = List.copyOf(heads);
        }
    }

    /**
     * Send me these authors' commits from these numbers on.
     *
     * @param graft whether to put the link into the tree as well (Plumtree's GRAFT)
     */
    record Want(StoreId store, List<From> from, boolean graft) implements Message {
        public Want {
            from = List.copyOf(from);
        }
    }

    record From(Author author, long sequence) {
    }

    /**
     * Commits that were asked for.
     *
     * @param more whether there are more of what was asked
     */
    record Chunk(StoreId store, List<SignedCommit> commits, boolean more) implements Message {
        public Chunk {
            commits = List.copyOf(commits);
        }
    }

    /** What you want I do not keep any more; have the state of a checkpoint, which holds what it did. */
    record Offer(StoreId store, StateOffer offer) implements Message {
    }

    /** Send me a part of a state that was offered. */
    record WantState(StoreId store, StateId state, long offset) implements Message {
    }

    /** A part of a state, empty if it is not held any more. */
    record StatePart(StoreId store, StateId state, long offset, byte[] bytes) implements Message {
        @Override
        public boolean equals(Object other) {
            return other instanceof StatePart that && store.equals(that.store) && state.equals(that.state)
                    && offset == that.offset && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return 31 * state.hashCode() + Long.hashCode(offset);
        }
    }

    /** The SHA-256 of a state, in hexadecimal digits. */
    record StateId(String hex) {
    }

    /** Nodes that have been heard of, with the number of the last heartbeat. */
    record Heartbeats(List<Beat> beats) implements Message {
        public Heartbeats {
            beats = List.copyOf(beats);
        }
    }

    record Beat(NodeId node, long count) {
    }
}
