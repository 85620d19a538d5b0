package lattice.kernel.internal.validity;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Author;
import lattice.api.store.HybridTime;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;

/**
 * Checkpoints as text, which a person can read in the store at {@code /stores/{name}/checkpoint}. A line each, in this order:
 * {@code checkpoint NUMBER}, {@code mesh ID}, {@code store ID}, {@code previous HASH}, {@code under NUMBER},
 * {@code horizon TIME} (the bits of a hybrid time), {@code state HASH BYTES}, any number of
 * {@code mark NODE EPOCH SEQUENCE HASH}, perhaps {@code delegated SIGNATURE}, {@code by NODE} and {@code signature SIGNATURE}
 * (Ed25519, RFC 8032, over the SHA-256 of the lines before).
 */
public final class CheckpointCodec {
    private static final HexFormat HEX = HexFormat.of();
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,18}");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern EPOCH = Pattern.compile("[0-9a-f]{16}");
    private static final Pattern SIGNATURE = Pattern.compile("[0-9a-f]{128}");

    private CheckpointCodec() {
    }

    public static byte[] encode(Checkpoint checkpoint) {
        return (body(checkpoint) + "signature " + HEX.formatHex(checkpoint.signature()) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String body(Checkpoint checkpoint) {
        StringBuilder out = new StringBuilder(256 + checkpoint.marks().size() * 170);
        out.append("checkpoint ").append(checkpoint.number()).append("\nmesh ").append(checkpoint.mesh().hex())
                .append("\nstore ").append(checkpoint.store().hex()).append("\nprevious ").append(checkpoint.previous().hex())
                .append("\nunder ").append(checkpoint.under()).append("\nhorizon ").append(checkpoint.horizon().bits())
                .append("\nstate ").append(checkpoint.state().hex()).append(' ').append(checkpoint.bytes()).append('\n');
        new TreeMap<>(checkpoint.marks()).forEach((author, mark) -> out.append("mark ").append(author.node().hex()).append(' ')
                .append(HEX.toHexDigits(author.epoch())).append(' ').append(mark.sequence()).append(' ')
                .append(mark.hash().hex()).append('\n'));
        checkpoint.delegation().ifPresent(word -> out.append("delegated ").append(HEX.formatHex(word)).append('\n'));
        return out.append("by ").append(checkpoint.by().hex()).append('\n').toString();
    }

    static Hash signedHash(Checkpoint checkpoint) {
        return Hash.of(body(checkpoint).getBytes(StandardCharsets.UTF_8));
    }

    /** What the founder of a mesh signs to let another node make its checkpoints. */
    public static Hash delegation(StoreId mesh, NodeId delegate) {
        return Hash.of(("delegate of checkpoints\nmesh " + mesh.hex() + "\nnode " + delegate.hex() + "\n")
                .getBytes(StandardCharsets.UTF_8));
    }

    /** @throws FormatException if it is no checkpoint; nothing else, whatever the bytes are */
    public static Checkpoint decode(byte[] bytes) throws FormatException {
        Lines lines = new Lines(bytes);
        long number = number(lines.next("checkpoint"));
        StoreId mesh = new StoreId(matching(ID, lines.next("mesh")));
        StoreId store = new StoreId(matching(ID, lines.next("store")));
        Hash previous = Hash.fromHex(matching(ID, lines.next("previous")));
        long under = number(lines.next("under"));
        HybridTime horizon = new HybridTime(number(lines.next("horizon")));
        String[] state = words(lines.next("state"), 2);
        Map<Author, Mark> marks = new HashMap<>();
        while (lines.isNext("mark")) {
            String[] words = words(lines.next("mark"), 4);
            Author author = new Author(new NodeId(matching(ID, words[0])),
                    HexFormat.fromHexDigitsToLong(matching(EPOCH, words[1])));
            if (marks.put(author, new Mark(number(words[2]), Hash.fromHex(matching(ID, words[3])))) != null) {
                throw new FormatException("an author is marked twice");
            }
        }
        Optional<byte[]> delegation = lines.isNext("delegated")
                ? Optional.of(HEX.parseHex(matching(SIGNATURE, lines.next("delegated")))) : Optional.empty();
        NodeId by = new NodeId(matching(ID, lines.next("by")));
        byte[] signature = HEX.parseHex(matching(SIGNATURE, lines.next("signature")));
        lines.expectEnd();
        if (number < 1 || (number == 1) != previous.equals(Hash.NONE)) {
            throw new FormatException("the first checkpoint, and it alone, has none before it");
        }
        return new Checkpoint(mesh, store, number, previous, under, horizon, Hash.fromHex(matching(ID, state[0])),
                number(state[1]), marks, delegation, by, signature, Hash.of(bytes));
    }

    private static long number(String text) throws FormatException {
        try {
            return Long.parseLong(matching(NUMBER, text));
        } catch (NumberFormatException e) {
            throw new FormatException("a number of a checkpoint is too large", e);
        }
    }

    private static String matching(Pattern form, String text) throws FormatException {
        if (!form.matcher(text).matches()) {
            throw new FormatException("a line of a checkpoint does not have its form");
        }
        return text;
    }

    private static String[] words(String text, int count) throws FormatException {
        String[] words = text.split(" ", -1);
        if (words.length != count) {
            throw new FormatException("a line of a checkpoint does not have " + (count + 1) + " words");
        }
        return words;
    }

    /** The lines of a text, each of which starts with the word that is expected. */
    private static final class Lines {
        private final String[] lines;
        private int at;

        Lines(byte[] bytes) throws FormatException {
            try {
                String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
                if (!text.endsWith("\n")) {
                    throw new FormatException("a checkpoint does not end in a line end");
                }
                lines = text.substring(0, text.length() - 1).split("\n", -1);
            } catch (CharacterCodingException e) {
                throw new FormatException("a checkpoint is not text", e);
            }
        }

        boolean isNext(String word) {
            return at < lines.length && lines[at].startsWith(word + " ");
        }

        String next(String word) throws FormatException {
            if (!isNext(word)) {
                throw new FormatException("a checkpoint has no line '" + word + "' where one belongs");
            }
            return lines[at++].substring(word.length() + 1);
        }

        void expectEnd() throws FormatException {
            if (at != lines.length) {
                throw new FormatException("a checkpoint goes on after its signature");
            }
        }
    }
}
