package lattice.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.protocol.Head;
import lattice.mesh.internal.protocol.Message;

/** What a malicious member makes of the messages that it should send. */
enum Mischief {
    NONE {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            return List.of(message);
        }
    },
    /** Passes no commit on and answers no question about one. */
    SILENT {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            return message instanceof Message.Push || message instanceof Message.Chunk ? List.of() : List.of(message);
        }
    },
    /** Changes a byte of every commit that it passes on. */
    ALTERING {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            if (message instanceof Message.Push push) {
                return List.of(new Message.Push(push.store(), altered(push.commits(), random)));
            }
            return List.of(message instanceof Message.Chunk chunk
                    ? new Message.Chunk(chunk.store(), altered(chunk.commits(), random), chunk.more()) : message);
        }
    },
    /** Says that it holds what nobody wrote. */
    BOASTING {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            if (message instanceof Message.Announce announce) {
                return List.of(new Message.Announce(announce.store(), inflated(announce.heads())));
            }
            return List.of(message instanceof Message.Vector vector
                    ? new Message.Vector(vector.store(), vector.buckets(), inflated(vector.heads()), vector.answer())
                    : message);
        }
    },
    /** Signs, in the name of others and of strangers, what they never wrote. */
    FORGING {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            if (!(message instanceof Message.Push push) || push.commits().isEmpty()) {
                return List.of(message);
            }
            SignedCommit genuine = push.commits().get(0);
            SignedCommit forged = new SignedCommit(genuine.author(), genuine.sequence() + 1, genuine.commit(),
                    genuine.signature());
            Author stranger = new Author(SimCommit.node(-1 - random.nextInt(1000)), 0);
            SignedCommit strange = SimCommit.of(stranger, 1, new byte[32], 1, 1, 64);
            return List.of(message, new Message.Push(push.store(), List.of(strange)),
                    new Message.Push(push.store(), List.of(forged)));
        }
    },
    /** Has two histories of its own, which part behind its first commit, and tells now this one and now that one. */
    EQUIVOCATING {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            if (random.nextBoolean()) {
                return List.of(message);
            } else if (message instanceof Message.Push push) {
                return List.of(new Message.Push(push.store(), twins(push.commits(), self)));
            }
            return List.of(message instanceof Message.Chunk chunk
                    ? new Message.Chunk(chunk.store(), twins(chunk.commits(), self), chunk.more()) : message);
        }
    },
    /** Says everything twenty times. */
    FLOODING {
        @Override
        List<Message> instead(Message message, SimNode self, Random random) {
            List<Message> flood = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                flood.add(message);
            }
            return flood;
        }
    };

    abstract List<Message> instead(Message message, SimNode self, Random random);

    private static List<SignedCommit> altered(List<SignedCommit> commits, Random random) {
        return commits.stream().map(commit -> {
            byte[] bytes = commit.commit().clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
            return new SignedCommit(commit.author(), commit.sequence(), bytes, commit.signature());
        }).toList();
    }

    private static List<SignedCommit> twins(List<SignedCommit> commits, SimNode self) {
        return commits.stream().map(commit -> commit.author().node().equals(self.id()) && commit.sequence() > 1
                ? self.replica().twin(commit) : commit).toList();
    }

    private static List<Head> inflated(List<Head> heads) {
        return heads.stream().map(head -> new Head(head.author(), head.sequence() + 1_000_000, head.hash())).toList();
    }
}
