package lattice.mesh.internal.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.kernel.replication.SignedCommit;
import lattice.kernel.replication.StateOffer;

/**
 * Messages as bytes: one byte for the kind, then the fields in order. Counts, sequences and lengths are unsigned LEB128,
 * ids 32 raw bytes, hashes and epochs 8 bytes big-endian. A commit starts with a byte of flags: 1, it is the next of the
 * author before it, so that author and number are left out; 2, it is signed.
 */
public final class MessageCodec {
    /** The largest message: a commit of the largest transaction with what surrounds it. */
    public static final int MAX_BYTES = 17 * 1024 * 1024;
    static final int MAX_CONTACTS = 256;

    private static final int NEXT = 1;
    private static final int SIGNED = 2;
    private static final int SIGNATURE_BYTES = 64;
    private static final HexFormat HEX = HexFormat.of();

    private MessageCodec() {
    }

    /** Why bytes are not a message. */
    public static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    public static byte[] encode(Message message) {
        Writer out = new Writer(message);
        if (message instanceof Message.Join join) {
            out.kind(1).contact(join.contact());
        } else if (message instanceof Message.ForwardJoin forward) {
            out.kind(2).contact(forward.contact()).number(forward.timeToLive());
        } else if (message instanceof Message.Neighbor neighbor) {
            out.kind(3).contact(neighbor.contact()).flag(neighbor.urgent());
        } else if (message instanceof Message.NeighborReply reply) {
            out.kind(4).flag(reply.accepted());
        } else if (message instanceof Message.Disconnect) {
            out.kind(5);
        } else if (message instanceof Message.Shuffle shuffle) {
            out.kind(6).fixed(shuffle.id()).number(shuffle.timeToLive()).contacts(shuffle.contacts());
        } else if (message instanceof Message.ShuffleReply reply) {
            out.kind(7).fixed(reply.id()).contacts(reply.contacts());
        } else if (message instanceof Message.Push push) {
            out.kind(8).id(push.store().hex()).commits(push.commits());
        } else if (message instanceof Message.Announce announce) {
            out.kind(9).id(announce.store().hex()).heads(announce.heads());
        } else if (message instanceof Message.Prune) {
            out.kind(10);
        } else if (message instanceof Message.Digest digest) {
            out.kind(11).number(digest.stores().size());
            digest.stores().forEach(store -> out.id(store.store().hex()).sum(store.sum()));
        } else if (message instanceof Message.Buckets buckets) {
            out.kind(12).id(buckets.store().hex()).number(buckets.sums().size());
            buckets.sums().forEach(out::sum);
        } else if (message instanceof Message.Vector vector) {
            out.kind(13).id(vector.store().hex()).fixed(vector.buckets()).flag(vector.answer()).heads(vector.heads());
        } else if (message instanceof Message.Want want) {
            out.kind(14).id(want.store().hex()).flag(want.graft()).number(want.from().size());
            want.from().forEach(from -> out.author(from.author()).number(from.sequence()));
        } else if (message instanceof Message.Chunk chunk) {
            out.kind(15).id(chunk.store().hex()).flag(chunk.more()).commits(chunk.commits());
        } else if (message instanceof Message.Heartbeats heartbeats) {
            out.kind(16).number(heartbeats.beats().size());
            heartbeats.beats().forEach(beat -> out.id(beat.node().hex()).number(beat.count()));
        } else if (message instanceof Message.Offer offer) {
            out.kind(20).id(offer.store().hex()).blob(offer.offer().founding()).blob(offer.offer().checkpoint());
        } else if (message instanceof Message.WantState want) {
            out.kind(21).id(want.store().hex()).id(want.state().hex()).number(want.offset());
        } else if (message instanceof Message.StatePart part) {
            out.kind(22).id(part.store().hex()).id(part.state().hex()).number(part.offset()).blob(part.bytes());
        }
        return out.bytes();
    }

    /** Never takes more memory than a small multiple of the bytes given. */
    public static Message decode(byte[] bytes) throws MalformedException {
        if (bytes.length > MAX_BYTES) {
            throw new MalformedException("A message has " + bytes.length + " bytes; the most is " + MAX_BYTES + ".");
        }
        Reader in = new Reader(ByteBuffer.wrap(bytes));
        try {
            Message message = decode(in);
            if (in.bytes.hasRemaining()) {
                throw new MalformedException("A message goes on after its end.");
            }
            return message;
        } catch (BufferUnderflowException e) {
            throw new MalformedException("A message ends too early.");
        } catch (IllegalArgumentException e) {
            throw new MalformedException("A message holds what it may not: " + e.getMessage() + ".");
        }
    }

    private static Message decode(Reader in) throws MalformedException {
        int kind = in.bytes.get();
        return switch (kind) {
            case 1 -> new Message.Join(in.contact());
            case 2 -> new Message.ForwardJoin(in.contact(), in.small());
            case 3 -> new Message.Neighbor(in.contact(), in.flag());
            case 4 -> new Message.NeighborReply(in.flag());
            case 5 -> new Message.Disconnect();
            case 6 -> new Message.Shuffle(in.bytes.getLong(), in.small(), in.contacts());
            case 7 -> new Message.ShuffleReply(in.bytes.getLong(), in.contacts());
            case 8 -> new Message.Push(in.store(), in.commits());
            case 9 -> new Message.Announce(in.store(), in.heads());
            case 10 -> new Message.Prune();
            case 11 -> new Message.Digest(in.list(48, () -> new Message.StoreSum(in.store(), in.sum())));
            case 12 -> new Message.Buckets(in.store(), in.list(16, in::sum));
            case 13 -> {
                StoreId store = in.store();
                long buckets = in.bytes.getLong();
                boolean answer = in.flag();
                yield new Message.Vector(store, buckets, in.heads(), answer);
            }
            case 14 -> {
                StoreId store = in.store();
                boolean graft = in.flag();
                yield new Message.Want(store, in.list(41, () -> new Message.From(in.author(), in.number())), graft);
            }
            case 15 -> {
                StoreId store = in.store();
                boolean more = in.flag();
                yield new Message.Chunk(store, in.commits(), more);
            }
            case 16 -> new Message.Heartbeats(in.list(33, () -> new Message.Beat(in.node(), in.number())));
            case 20 -> new Message.Offer(in.store(), new StateOffer(in.blob(), in.blob()));
            case 21 -> new Message.WantState(in.store(), in.state(), in.number());
            case 22 -> new Message.StatePart(in.store(), in.state(), in.number(), in.blob());
            default -> throw new MalformedException("A message is of kind " + kind + ", which does not exist.");
        };
    }

    private static final class Writer {
        private static final int SMALL = 128;
        /** About what a commit takes beside its bytes, and the message beside its commits. */
        private static final int AROUND_COMMIT = 8;

        private final ByteArrayOutputStream out;

        Writer(Message message) {
            out = new ByteArrayOutputStream(message instanceof Message.Push push ? size(push.commits())
                    : message instanceof Message.Chunk chunk ? size(chunk.commits()) : SMALL);
        }

        /** Large messages get their room at once, not by being copied again and again. */
        private static int size(List<SignedCommit> commits) {
            int size = SMALL;
            for (SignedCommit commit : commits) {
                size += AROUND_COMMIT + commit.commit().length + commit.signature().length;
            }
            return size;
        }

        Writer kind(int kind) {
            out.write(kind);
            return this;
        }

        Writer flag(boolean flag) {
            out.write(flag ? 1 : 0);
            return this;
        }

        Writer number(long number) {
            long rest = number;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
            return this;
        }

        Writer fixed(long number) {
            out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
            return this;
        }

        Writer id(String hex) {
            out.writeBytes(HEX.parseHex(hex));
            return this;
        }

        Writer blob(byte[] bytes) {
            number(bytes.length);
            out.writeBytes(bytes);
            return this;
        }

        Writer author(Author author) {
            return id(author.node().hex()).fixed(author.epoch());
        }

        Writer sum(Sum sum) {
            return fixed(sum.high()).fixed(sum.low());
        }

        Writer contact(Contact contact) {
            id(contact.node().hex()).number(contact.addresses().size());
            for (String address : contact.addresses()) {
                byte[] utf8 = address.getBytes(StandardCharsets.UTF_8);
                number(utf8.length);
                out.writeBytes(utf8);
            }
            return this;
        }

        Writer contacts(List<Contact> contacts) {
            number(contacts.size());
            contacts.forEach(this::contact);
            return this;
        }

        Writer heads(List<Head> heads) {
            number(heads.size());
            heads.forEach(head -> author(head.author()).number(head.sequence()).fixed(head.hash()));
            return this;
        }

        Writer commits(List<SignedCommit> commits) {
            number(commits.size());
            SignedCommit before = null;
            for (SignedCommit commit : commits) {
                boolean next = before != null && before.author().equals(commit.author())
                        && before.sequence() + 1 == commit.sequence();
                boolean signed = commit.signature().length == SIGNATURE_BYTES;
                out.write((next ? NEXT : 0) | (signed ? SIGNED : 0));
                if (!next) {
                    author(commit.author()).number(commit.sequence());
                }
                number(commit.commit().length);
                out.writeBytes(commit.commit());
                if (signed) {
                    out.writeBytes(commit.signature());
                }
                before = commit;
            }
            return this;
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }

    private static final class Reader {
        private static final int MAX_SMALL = 64;
        private static final byte[] UNSIGNED = new byte[0];

        private final ByteBuffer bytes;

        Reader(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        boolean flag() {
            return switch (bytes.get()) {
                case 0 -> false;
                case 1 -> true;
                default -> throw new IllegalArgumentException("a flag that is neither 0 nor 1");
            };
        }

        long number() {
            long number = 0;
            for (int shift = 0; shift < 63; shift += 7) {
                byte next = bytes.get();
                number |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return number;
                }
            }
            throw new IllegalArgumentException("a number of more than 63 bits");
        }

        int small() {
            long number = number();
            if (number > MAX_SMALL) {
                throw new IllegalArgumentException("a walk of " + number + " steps");
            }
            return (int) number;
        }

        private int length() {
            long length = number();
            if (length > bytes.remaining()) {
                throw new IllegalArgumentException("a length of " + length + " where " + bytes.remaining()
                        + " bytes are left");
            }
            return (int) length;
        }

        private byte[] take(int length) {
            byte[] taken = new byte[length];
            bytes.get(taken);
            return taken;
        }

        private String hex() {
            return HEX.formatHex(take(32));
        }

        byte[] blob() {
            return take(length());
        }

        Message.StateId state() {
            return new Message.StateId(hex());
        }

        NodeId node() {
            return new NodeId(hex());
        }

        StoreId store() {
            return new StoreId(hex());
        }

        Author author() {
            return new Author(node(), bytes.getLong());
        }

        Sum sum() {
            return new Sum(bytes.getLong(), bytes.getLong());
        }

        <T> List<T> list(int leastBytes, Supplier<T> next) {
            long count = number();
            if (count > bytes.remaining() / leastBytes) {
                throw new IllegalArgumentException("a list of " + count + " where " + bytes.remaining() + " bytes are left");
            }
            List<T> list = new ArrayList<>((int) count);
            for (long i = 0; i < count; i++) {
                list.add(next.get());
            }
            return list;
        }

        private static <T> List<T> atMost(int most, List<T> list) {
            if (list.size() > most) {
                throw new IllegalArgumentException("a list of " + list.size() + " where " + most + " may be");
            }
            return list;
        }

        Contact contact() {
            NodeId node = node();
            return new Contact(node, list(1, () -> new String(take(length()), StandardCharsets.UTF_8)));
        }

        List<Contact> contacts() {
            return atMost(MAX_CONTACTS, list(33, this::contact));
        }

        List<Head> heads() {
            return list(49, () -> new Head(author(), number(), bytes.getLong()));
        }

        List<SignedCommit> commits() {
            SignedCommit[] before = new SignedCommit[1];
            return list(2, () -> before[0] = commit(before[0]));
        }

        private SignedCommit commit(SignedCommit before) {
            int flags = bytes.get();
            if ((flags & ~(NEXT | SIGNED)) != 0 || (flags & NEXT) != 0 && before == null) {
                throw new IllegalArgumentException("a commit with flags " + flags);
            }
            boolean next = (flags & NEXT) != 0;
            Author author = next ? before.author() : author();
            long sequence = next ? before.sequence() + 1 : number();
            byte[] commit = take(length());
            return new SignedCommit(author, sequence, commit,
                    (flags & SIGNED) != 0 ? take(SIGNATURE_BYTES) : UNSIGNED);
        }
    }
}
