package lattice.kernel.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class CommitCodecTest {
    private static final Author AUTHOR = new Author(new NodeId("ab".repeat(32)), 7);

    @Property
    void whatWasEncodedIsDecodedToTheSame(@ForAll("commits") Commit commit) throws FormatException {
        byte[] bytes = CommitCodec.encode(commit);
        assertThat(CommitCodec.decode(bytes)).isEqualTo(commit);
    }

    @Property
    void aDecodedCommitHasNoOtherEncoding(@ForAll("commits") Commit commit, @ForAll int place, @ForAll byte change) {
        byte[] bytes = CommitCodec.encode(commit);
        bytes[Math.floorMod(place, bytes.length)] ^= change;
        try {
            assertThat(CommitCodec.encode(CommitCodec.decode(bytes))).isEqualTo(bytes);
        } catch (FormatException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    @Property
    void arbitraryBytesAreAFormatExceptionOrACommit(@ForAll byte[] bytes) {
        decodeOrRefuse(bytes);
    }

    @Property
    void arbitraryBytesBehindASoundHeadAreAFormatExceptionOrACommit(@ForAll byte[] bytes) {
        byte[] head = CommitCodec.encode(new Commit(Hash.NONE, AUTHOR, 1, new HybridTime(1), Hash.NONE, List.of()));
        byte[] all = Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        decodeOrRefuse(all);
    }

    @Property
    void aCommitThatWasCutOffIsRefused(@ForAll("commits") Commit commit, @ForAll @IntRange(min = 1, max = 120) int missing) {
        byte[] bytes = CommitCodec.encode(commit);
        decodeOrRefuse(Arrays.copyOf(bytes, Math.max(0, bytes.length - missing)));
    }

    private static void decodeOrRefuse(byte[] bytes) {
        try {
            assertThat(CommitCodec.encode(CommitCodec.decode(bytes))).isEqualTo(bytes);
        } catch (FormatException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    @Test
    void aLengthThatTheInputDoesNotJustifyAllocatesNothing() {
        byte[] head = CommitCodec.encode(new Commit(Hash.NONE, AUTHOR, 1, new HybridTime(1), Hash.NONE, List.of()));
        // A transaction that claims 2^31-1 mutations, and a section that claims as many bytes.
        for (byte[] claim : new byte[][] {{1, 6, 0, -1, -1, -1, -1, 7}, {1, -1, -1, -1, -1, 7}}) {
            byte[] bytes = Arrays.copyOf(head, head.length + claim.length);
            System.arraycopy(claim, 0, bytes, head.length, claim.length);
            assertThatThrownBy(() -> CommitCodec.decode(bytes)).isInstanceOf(FormatException.class);
        }
    }

    @Test
    void aSectionOfALaterVersionIsKeptAndKnownToMatterByItsType() throws FormatException {
        Commit commit = new Commit(Hash.NONE, AUTHOR, 1, new HybridTime(1), Hash.NONE,
                List.of(new UnknownSection(2, new byte[] {1, 2}), new UnknownSection(3, new byte[0])));
        Commit decoded = CommitCodec.decode(CommitCodec.encode(commit));
        assertThat(decoded).isEqualTo(commit);
        assertThat(decoded.needsNewerNode()).isTrue();
        assertThat(new Commit(Hash.NONE, AUTHOR, 1, new HybridTime(1), Hash.NONE,
                List.of(new UnknownSection(4, new byte[0]))).needsNewerNode()).isFalse();
    }

    @Test
    void theFormatIsTheOneThatIsWrittenDown() {
        Commit commit = new Commit(Hash.NONE, AUTHOR, 1, new HybridTime(0x10002), Hash.NONE,
                List.of(new TransactionSection(Optional.empty(), Optional.of("op"), Optional.empty(),
                        List.of(new Write("/a".getBytes(StandardCharsets.UTF_8), new byte[] {9}, null)))));
        assertThat(HexFormat.of().formatHex(CommitCodec.encode(commit))).isEqualTo("02" + "00".repeat(32)
                + "ab".repeat(32) + "0000000000000007" + "01" + "0000000000010002" + "00".repeat(32)
                + "010b" + "02" + "026f70" + "01" + "01" + "022f61" + "0109");
    }

    @Provide
    Arbitrary<Commit> commits() {
        Arbitrary<Hash> hashes = Combinators.combine(longs(), longs(), longs(), longs().map(d -> d | 1)).as(Hash::new);
        Arbitrary<Author> authors = Arbitraries.of(AUTHOR, new Author(new NodeId("00".repeat(32)), -1));
        Arbitrary<HybridTime> times = Arbitraries.longs().between(0, Long.MAX_VALUE).map(HybridTime::new);
        Arbitrary<Version> versions = Combinators.combine(times, authors, Arbitraries.integers().between(0, 1_000_000))
                .as(Version::new);
        Arbitrary<byte[]> values = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        Arbitrary<byte[]> keys = Arbitraries.strings().alpha().numeric().ofMinLength(1).ofMaxLength(20)
                .map(name -> ("/\u00fc/" + name).getBytes(StandardCharsets.UTF_8));
        Arbitrary<Write> writes = Combinators.combine(keys, values.injectNull(0.3), versions.injectNull(0.5)).as(Write::new);
        Arbitrary<Section> transactions = Combinators.combine(
                Arbitraries.of(new ServiceId("a.service"), new ServiceId("b")).optional(),
                Arbitraries.strings().ofMinLength(1).ofMaxLength(64).filter(CommitCodecTest::isEncodable).optional(),
                values.map(body -> new SentCommand("machine", body)).optional(), writes.list().ofMaxSize(6))
                .as(TransactionSection::new);
        Arbitrary<Section> unknown = Combinators.combine(Arbitraries.integers().between(2, 1000), values)
                .as(UnknownSection::new);
        Arbitrary<List<Section>> sections = Arbitraries.frequencyOf(Tuple.of(4, transactions),
                Tuple.of(1, unknown)).list().ofMaxSize(5);
        return Combinators.combine(hashes, authors, Arbitraries.longs().between(2, Long.MAX_VALUE), times, hashes, sections)
                .as(Commit::new);
    }

    private static boolean isEncodable(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static Arbitrary<Long> longs() {
        return Arbitraries.longs();
    }
}
