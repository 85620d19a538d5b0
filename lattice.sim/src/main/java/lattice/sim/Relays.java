package lattice.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lattice.api.id.NodeId;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.protocol.Message;

/** Over how many links a write went until it was at each node: which is what rounds are where there is no common beat. */
final class Relays {
    private final Map<NodeId, Integer> steps = new HashMap<>();
    private SignedCommit watched;

    /** From now on this write is looked at, and no other one. */
    void watch(SignedCommit commit) {
        watched = commit;
        steps.clear();
        steps.put(commit.author().node(), 0);
    }

    /** A message has arrived. What had the write before does not get it by that. */
    void arrived(NodeId from, NodeId to, Message message) {
        if (watched != null && !steps.containsKey(to) && steps.containsKey(from) && commits(message).stream().anyMatch(this::isWatched)) {
            steps.put(to, steps.get(from) + 1);
        }
    }

    private static List<SignedCommit> commits(Message message) {
        if (message instanceof Message.Push push) {
            return push.commits();
        }
        return message instanceof Message.Chunk chunk ? chunk.commits() : List.of();
    }

    private boolean isWatched(SignedCommit commit) {
        return commit.sequence() == watched.sequence() && commit.author().equals(watched.author());
    }

    /** The longest way that it took to any node. */
    int longest() {
        return steps.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }
}
