package lattice.mesh.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.mesh.internal.protocol.MessageCodec.MalformedException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class MessageCodecTest {
    @Property(tries = 500)
    void whatIsEncodedIsDecoded(@ForAll("messages") Message message) throws MalformedException {
        assertThat(MessageCodec.decode(MessageCodec.encode(message))).isEqualTo(message);
    }

    @Property(tries = 2000)
    void arbitraryBytesAreAMessageOrMalformed(@ForAll byte[] bytes) {
        decodeOrFail(bytes);
    }

    @Property(tries = 2000)
    void damagedMessagesAreAMessageOrMalformed(@ForAll("messages") Message message, @ForAll int place, @ForAll byte change) {
        byte[] bytes = MessageCodec.encode(message);
        bytes[Math.floorMod(place, bytes.length)] ^= change;
        decodeOrFail(bytes);
        decodeOrFail(Arrays.copyOf(bytes, Math.floorMod(place, bytes.length)));
    }

    @Example
    void aListThatClaimsMoreThanIsThereTakesNoMemory() {
        byte[] heartbeats = {16, -1, -1, -1, -1, -1, -1, -1, 127};
        assertThatThrownBy(() -> MessageCodec.decode(heartbeats)).isInstanceOf(MalformedException.class)
                .hasMessageContaining("bytes are left");
    }

    @Example
    void moreContactsThanAnyNodeSendsAreRefused() throws MalformedException {
        Contact contact = new Contact(new NodeId("ab".repeat(32)), List.of("127.0.0.1:1"));
        Message most = new Message.Shuffle(1, 1, Collections.nCopies(MessageCodec.MAX_CONTACTS, contact));
        assertThat(MessageCodec.decode(MessageCodec.encode(most))).isEqualTo(most);
        Message more = new Message.Shuffle(1, 1, Collections.nCopies(MessageCodec.MAX_CONTACTS + 1, contact));
        assertThatThrownBy(() -> MessageCodec.decode(MessageCodec.encode(more))).isInstanceOf(MalformedException.class)
                .hasMessageContaining("257");
    }

    private static void decodeOrFail(byte[] bytes) {
        try {
            assertThat(MessageCodec.decode(bytes)).isNotNull();
        } catch (MalformedException e) {
            assertThat(e.getMessage()).startsWith("A message").endsWith(".");
        }
    }

    @Provide
    Arbitrary<Message> messages() {
        Arbitrary<String> ids = Arbitraries.bytes().array(byte[].class).ofSize(32).map(HexFormat.of()::formatHex);
        Arbitrary<NodeId> nodes = ids.map(NodeId::new);
        Arbitrary<StoreId> stores = ids.map(StoreId::new);
        Arbitrary<Long> longs = Arbitraries.longs();
        Arbitrary<Long> counts = Arbitraries.longs().between(0, Long.MAX_VALUE);
        Arbitrary<Integer> steps = Arbitraries.integers().between(0, 64);
        Arbitrary<Boolean> flags = Arbitraries.of(true, false);
        Arbitrary<Author> authors = Combinators.combine(nodes, longs).as(Author::new);
        Arbitrary<Contact> contacts = Combinators.combine(nodes, Arbitraries.strings().ascii().ofMaxLength(20).list()
                .ofMaxSize(Contact.MAX_ADDRESSES)).as(Contact::new);
        Arbitrary<List<Contact>> manyContacts = contacts.list().ofMaxSize(5);
        Arbitrary<List<Head>> heads = Combinators.combine(authors, counts, longs).as(Head::new).list().ofMaxSize(5);
        Arbitrary<Sum> sums = Combinators.combine(longs, longs).as(Sum::new);
        Arbitrary<byte[]> signatures = Arbitraries.of(new byte[0], new byte[64]);
        Arbitrary<List<SignedCommit>> commits = Combinators.combine(authors, Arbitraries.longs().between(1, 1000),
                Arbitraries.bytes().array(byte[].class).ofMaxSize(50), signatures, Arbitraries.integers().between(1, 4))
                .as((author, first, bytes, signature, length) -> LongStream.range(first, first + length)
                        .mapToObj(sequence -> new SignedCommit(author, sequence, bytes, signature)).toList());
        return Arbitraries.oneOf(
                contacts.map(Message.Join::new),
                Combinators.combine(contacts, steps).as(Message.ForwardJoin::new),
                Combinators.combine(contacts, flags).as(Message.Neighbor::new),
                flags.map(Message.NeighborReply::new),
                Arbitraries.of(new Message.Disconnect(), new Message.Prune()),
                Combinators.combine(longs, steps, manyContacts).as(Message.Shuffle::new),
                Combinators.combine(longs, manyContacts).as(Message.ShuffleReply::new),
                Combinators.combine(stores, commits).as(Message.Push::new),
                Combinators.combine(stores, heads).as(Message.Announce::new),
                Combinators.combine(stores, sums).as(Message.StoreSum::new).list().ofMaxSize(5).map(Message.Digest::new),
                Combinators.combine(stores, sums.list().ofMaxSize(5)).as(Message.Buckets::new),
                Combinators.combine(stores, longs, heads, flags).as(Message.Vector::new),
                Combinators.combine(stores, Combinators.combine(authors, counts).as(Message.From::new).list().ofMaxSize(5),
                        flags).as(Message.Want::new),
                Combinators.combine(stores, commits, flags).as(Message.Chunk::new),
                Combinators.combine(nodes, counts).as(Message.Beat::new).list().ofMaxSize(5).map(Message.Heartbeats::new));
    }
}
