package lattice.mesh.internal.protocol;

import java.util.Arrays;
import java.util.Random;
import lattice.api.id.NodeId;

/**
 * What has been heard of each node, as a hash table in arrays (open addressing, linear probing): some forty bytes a node,
 * so that thousands of members cost a node a few hundred kilobytes. A slot is good until the next node is added.
 */
final class Tracks {
    static final int NONE = -1;

    private static final int SMALLEST = 16;

    private NodeId[] nodes = new NodeId[SMALLEST];
    private long[] counts = new long[SMALLEST];
    private long[] heard = new long[SMALLEST];
    private float[] means = new float[SMALLEST];
    private float[] variances = new float[SMALLEST];
    private int size;

    int size() {
        return size;
    }

    /** The slot of a node, or {@link #NONE}. */
    int find(NodeId node) {
        int slot = place(nodes, node);
        return nodes[slot] == null ? NONE : slot;
    }

    /** A slot for a node that has none. */
    int add(NodeId node) {
        if ((size + 1) * 3 > nodes.length * 2) {
            grow();
        }
        int slot = place(nodes, node);
        nodes[slot] = node;
        size++;
        return slot;
    }

    /** The slot of a node chosen evenly enough, or {@link #NONE} if there is no node. */
    int any(Random random) {
        if (size == 0) {
            return NONE;
        }
        int slot = random.nextInt(nodes.length);
        while (nodes[slot] == null) {
            slot = slot + 1 & nodes.length - 1;
        }
        return slot;
    }

    NodeId node(int slot) {
        return nodes[slot];
    }

    /** Its last heartbeat. */
    long count(int slot) {
        return counts[slot];
    }

    /** When that was heard of. */
    long heard(int slot) {
        return heard[slot];
    }

    /** Running mean of the times between its heartbeats, in milliseconds. */
    double mean(int slot) {
        return means[slot];
    }

    /** Their running variance, in square milliseconds. */
    double variance(int slot) {
        return variances[slot];
    }

    void beat(int slot, long count, long now) {
        counts[slot] = count;
        heard[slot] = now;
    }

    void rhythm(int slot, double mean, double variance) {
        means[slot] = (float) mean;
        variances[slot] = (float) variance;
    }

    private static int place(NodeId[] table, NodeId node) {
        int slot = node.hashCode() * 0x9E3779B9 >>> Integer.numberOfLeadingZeros(table.length - 1);
        while (table[slot] != null && !table[slot].equals(node)) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private void grow() {
        NodeId[] before = nodes;
        int[] moved = new int[before.length];
        Arrays.fill(moved, NONE);
        nodes = new NodeId[before.length * 2];
        for (int from = 0; from < before.length; from++) {
            if (before[from] != null) {
                moved[from] = place(nodes, before[from]);
                nodes[moved[from]] = before[from];
            }
        }
        counts = move(counts, moved);
        heard = move(heard, moved);
        means = move(means, moved);
        variances = move(variances, moved);
    }

    private static long[] move(long[] before, int[] moved) {
        long[] after = new long[before.length * 2];
        for (int from = 0; from < moved.length; from++) {
            if (moved[from] != NONE) {
                after[moved[from]] = before[from];
            }
        }
        return after;
    }

    private static float[] move(float[] before, int[] moved) {
        float[] after = new float[before.length * 2];
        for (int from = 0; from < moved.length; from++) {
            if (moved[from] != NONE) {
                after[moved[from]] = before[from];
            }
        }
        return after;
    }
}
