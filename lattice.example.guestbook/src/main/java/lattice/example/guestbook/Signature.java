package lattice.example.guestbook;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * What a guest leaves in the book. As bytes it is name and words in UTF-8, with a line break between them.
 *
 * @param guest who signs
 * @param words what they say
 */
record Signature(String guest, String words) {
    byte[] toBytes() {
        return (guest + "\n" + words).getBytes(UTF_8);
    }

    /** Reads any bytes: whatever they are, there is a guest and there are words, perhaps none. */
    static Signature of(byte[] bytes) {
        String[] parts = new String(bytes, UTF_8).split("\n", 2);
        return new Signature(parts[0], parts.length < 2 ? "" : parts[1]);
    }
}
