package lattice.kernel.replication;

import lattice.api.store.Author;

/** What a replica made of commits that arrived. Signature, chain and size are checked; validity never refuses a commit. */
public sealed interface IngestResult {
    /** They are durable; those already held were passed over. */
    record Accepted(int added) implements IngestResult {
    }

    /** The ones before the gap are durable; commits of this author from {@code next} on are needed first. */
    record Gap(Author author, long next) implements IngestResult {
    }

    /**
     * The ones before {@code next} are durable; from there on none is taken in for now, so that its author's node does not take
     * more of this one's memory and disk than it may.
     *
     * @param reason what there is too much of, as the rest of a sentence that begins with the node
     */
    record Postponed(Author author, long next, String reason) implements IngestResult {
    }

    /** One is not what it claims to be; the ones before it are durable, it and the rest are dropped. */
    record Rejected(Author author, long sequence, String reason) implements IngestResult {
    }

    /**
     * The author signed them, and yet they are of another history than what is held of it. Whoever sent them may have taken
     * them in good faith. Where the two part is not known yet: give commits of a lower number that the sender holds.
     *
     * @param same the highest number of which both are known to have the same commit; 0 if none is known
     * @param differs the lowest number of which they are known to have two
     */
    record Parted(Author author, long same, long differs) implements IngestResult {
    }

    /** The author is proven to have made two histories: from this number on nothing of it is taken in. */
    record Forked(Author author, long from) implements IngestResult {
    }
}
