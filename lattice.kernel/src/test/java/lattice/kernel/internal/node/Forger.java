package lattice.kernel.internal.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.commit.TransactionSection;
import lattice.kernel.internal.commit.Write;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.replication.SignedCommit;

/** A member's key in the wrong hands: it signs what no node would write. */
final class Forger {
    private final Identity identity;
    private final Hash mesh;

    Forger(Path home, StoreId mesh) throws IOException {
        this.identity = new IdentityFile(home).loadOrCreate();
        this.mesh = Hash.fromHex(mesh.hex());
    }

    NodeId id() {
        return identity.id();
    }

    Author author(long epoch) {
        return new Author(identity.id(), epoch);
    }

    /** @param before the commit that it follows on; null for the first of an epoch */
    SignedCommit commit(long epoch, SignedCommit before, String key, byte[] value) {
        long sequence = before == null ? 1 : before.sequence() + 1;
        byte[] bytes = CommitCodec.encode(new Commit(mesh, author(epoch), sequence,
                HybridTime.ofMillis(System.currentTimeMillis() + sequence),
                before == null ? Hash.NONE : CommitCodec.hash(before.commit()), List.of(new TransactionSection(Optional.empty(),
                        Optional.empty(), Optional.empty(),
                        List.of(new Write(key.getBytes(StandardCharsets.UTF_8), value, null))))));
        return new SignedCommit(author(epoch), sequence, bytes, identity.sign(CommitCodec.hash(bytes)));
    }
}
