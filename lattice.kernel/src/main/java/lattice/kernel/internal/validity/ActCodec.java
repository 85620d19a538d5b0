package lattice.kernel.internal.validity;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import lattice.api.id.StoreId;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;

/**
 * Acts as text, which a person can read in the store: lines of a word and what belongs to it. The first line is
 * {@code grant member}, {@code grant admin}, {@code revoke member} or {@code revoke admin}; then, in a grant,
 * {@code name NAME}, {@code invite SHA-256}, {@code address HOST:PORT}, {@code from STORE EPOCH SEQUENCE HASH} and
 * {@code lifts COMMIT}; in a revocation, {@code cut STORE EPOCH SEQUENCE HASH}. Epochs are 16 hexadecimal digits.
 */
public final class ActCodec {
    /** The most addresses of a node. */
    public static final int MAX_ADDRESSES = 8;
    /** The longest name of a node, in characters. */
    public static final int MAX_NAME = 64;

    private static final int MAX_ADDRESS_LENGTH = 262;
    private static final Pattern EPOCH = Pattern.compile("[0-9a-f]{16}");
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,17}");

    private ActCodec() {
    }

    public static byte[] encode(Act act) {
        StringBuilder out = new StringBuilder();
        if (act instanceof Act.Grant grant) {
            out.append(grant.admin() ? "grant admin\n" : "grant member\n");
            if (!grant.name().isEmpty()) {
                out.append("name ").append(grant.name()).append('\n');
            }
            grant.invite().ifPresent(invite -> out.append("invite ").append(invite.hex()).append('\n'));
            grant.addresses().forEach(address -> out.append("address ").append(address).append('\n'));
            marks(out, "from ", grant.from());
            grant.lifts().stream().map(Hash::hex).sorted().forEach(hash -> out.append("lifts ").append(hash).append('\n'));
        } else {
            Act.Revoke revoke = (Act.Revoke) act;
            out.append(revoke.adminOnly() ? "revoke admin\n" : "revoke member\n");
            marks(out, "cut ", revoke.cuts());
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void marks(StringBuilder out, String word, Map<Chain, Mark> marks) {
        Map<String, String> sorted = new TreeMap<>();
        marks.forEach((chain, mark) -> sorted.put(chain.store().hex() + " " + String.format("%016x", chain.epoch()),
                mark.sequence() + " " + mark.hash().hex()));
        sorted.forEach((chain, mark) -> out.append(word).append(chain).append(' ').append(mark).append('\n'));
    }

    /** @throws FormatException if it is not an act; nothing else, whatever the bytes are */
    public static Act decode(byte[] bytes) throws FormatException {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException("an act is not text", e);
        }
        String[] lines = text.split("\n");
        // Of nothing but line ends, split leaves nothing.
        return switch (lines.length == 0 ? "" : lines[0]) {
            case "grant admin" -> grant(true, lines);
            case "grant member" -> grant(false, lines);
            case "revoke admin" -> revoke(true, lines);
            case "revoke member" -> revoke(false, lines);
            default -> throw new FormatException("an act starts with neither grant nor revoke");
        };
    }

    private static Act grant(boolean admin, String[] lines) throws FormatException {
        Optional<Hash> invite = Optional.empty();
        String name = "";
        List<String> addresses = new ArrayList<>();
        Map<Chain, Mark> from = new HashMap<>();
        Set<Hash> lifts = new HashSet<>();
        for (int i = 1; i < lines.length; i++) {
            String[] words = lines[i].split(" ", 2);
            String rest = words.length == 2 ? words[1] : "";
            switch (words[0]) {
                case "name" -> name = limited(rest, MAX_NAME);
                case "invite" -> invite = Optional.of(hash(rest));
                case "address" -> addresses.add(limited(rest, MAX_ADDRESS_LENGTH));
                case "from" -> mark(rest, from);
                case "lifts" -> lifts.add(hash(rest));
                default -> throw new FormatException("a grant has a line that no grant has");
            }
        }
        if (addresses.size() > MAX_ADDRESSES) {
            throw new FormatException("a grant has more than " + MAX_ADDRESSES + " addresses");
        }
        return new Act.Grant(admin, invite, name, addresses, from, lifts);
    }

    private static Act revoke(boolean adminOnly, String[] lines) throws FormatException {
        Map<Chain, Mark> cuts = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            if (!lines[i].startsWith("cut ")) {
                throw new FormatException("a revocation has a line that is not a cut");
            }
            mark(lines[i].substring(4), cuts);
        }
        return new Act.Revoke(adminOnly, cuts);
    }

    private static void mark(String text, Map<Chain, Mark> into) throws FormatException {
        String[] words = text.split(" ", -1);
        if (words.length != 4 || !EPOCH.matcher(words[1]).matches() || !NUMBER.matcher(words[2]).matches()) {
            throw new FormatException("a mark is not a store, an epoch, a number and a hash");
        }
        Chain chain = new Chain(new StoreId(hash(words[0]).hex()), Long.parseUnsignedLong(words[1], 16));
        if (into.put(chain, new Mark(Long.parseLong(words[2]), hash(words[3]))) != null) {
            throw new FormatException("a chain is marked twice");
        }
    }

    private static Hash hash(String hex) throws FormatException {
        try {
            return Hash.fromHex(hex);
        } catch (IllegalArgumentException e) {
            throw new FormatException("a hash is not 64 hexadecimal digits", e);
        }
    }

    private static String limited(String text, int length) throws FormatException {
        if (text.isEmpty() || text.length() > length || text.chars().anyMatch(Character::isISOControl)) {
            throw new FormatException("a name or an address is empty, too long or not printable");
        }
        return text;
    }
}
