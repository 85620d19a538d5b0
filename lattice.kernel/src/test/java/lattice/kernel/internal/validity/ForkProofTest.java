package lattice.kernel.internal.validity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForkProofTest {
    private static final StoreId STORE = new StoreId("ab".repeat(32));
    private static final long SEQUENCE = 5;

    @TempDir
    Path home;

    private Identity offender;
    private Identity other;
    private Author author;

    @BeforeEach
    void start() throws Exception {
        offender = new IdentityFile(home.resolve("offender.key")).loadOrCreate();
        other = new IdentityFile(home.resolve("other.key")).loadOrCreate();
        author = new Author(offender.id(), 1);
    }

    /** One commit, signed. */
    private ForkProof.Run run(String store, long sequence, String writes, Identity signer) {
        CommitCodec.Header header = new CommitCodec.Header(Hash.fromHex(store), author, sequence, new HybridTime(100),
                Hash.of("before".getBytes(StandardCharsets.UTF_8)), Hash.of(writes.getBytes(StandardCharsets.UTF_8)));
        return new ForkProof.Run(List.of(header), signer.sign(header.hash()));
    }

    private ForkProof.Run run(String writes) {
        return run(STORE.hex(), SEQUENCE, writes, offender);
    }

    private ForkProof proof(long sequence, ForkProof.Run one, ForkProof.Run two) {
        return new ForkProof(STORE, author, sequence, one, two);
    }

    private static void assertProvesNothing(ForkProof claimed) {
        assertThatThrownBy(() -> ForkProof.decode(claimed.key().getBytes(StandardCharsets.UTF_8), claimed.encode()))
                .isInstanceOf(FormatException.class);
    }

    @Test
    void twoCommitsOfOneNumberAreAProof() throws Exception {
        ForkProof proof = proof(SEQUENCE, run("one"), run("other"));
        ForkProof read = ForkProof.decode(proof.key().getBytes(StandardCharsets.UTF_8), proof.encode());
        assertThat(read.fork()).isEqualTo(new Fork(offender.id(), new Chain(STORE, 1), SEQUENCE));
        assertThat(read.encode()).isEqualTo(proof.encode());
    }

    @Test
    void whatIsNoProofIsRefused() {
        assertProvesNothing(proof(SEQUENCE, run("one"), run("one")));
        assertProvesNothing(proof(SEQUENCE, run("one"), run(STORE.hex(), SEQUENCE + 2, "later", offender)));
        assertProvesNothing(proof(SEQUENCE, run("one"), run(STORE.hex(), SEQUENCE, "other", other)));
        assertProvesNothing(proof(SEQUENCE, run("one"), run("cd".repeat(32), SEQUENCE, "other", offender)));
        assertProvesNothing(proof(SEQUENCE - 1, run("one"), run("other")));
        assertProvesNothing(proof(SEQUENCE + 1, run("one"), run("other")));
    }

    @Test
    void nothingOfAProofCanBeChanged() {
        ForkProof proof = proof(SEQUENCE, run("one"), run("other"));
        byte[] sound = proof.encode();
        for (int bit = 0; bit < sound.length * 8; bit++) {
            byte[] changed = sound.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> ForkProof.decode(proof.key().getBytes(StandardCharsets.UTF_8), changed)).as("bit %s", bit)
                    .isInstanceOf(FormatException.class);
        }
        for (int length = 0; length < sound.length; length++) {
            byte[] cut = Arrays.copyOf(sound, length);
            assertThatThrownBy(() -> ForkProof.decode(proof.key().getBytes(StandardCharsets.UTF_8), cut))
                    .isInstanceOf(FormatException.class);
        }
        String elsewhere = proof.key().replace(offender.id().hex(), other.id().hex());
        assertThatThrownBy(() -> ForkProof.decode(elsewhere.getBytes(StandardCharsets.UTF_8), sound))
                .isInstanceOf(FormatException.class);
    }
}
