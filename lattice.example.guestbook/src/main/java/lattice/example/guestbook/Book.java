package lattice.example.guestbook;

import lattice.api.store.Key;
import lattice.api.store.Prefix;

/** Where the guestbook keeps what in the store: all of it under its own {@code /state/lattice.guestbook}. */
final class Book {
    /** What was written, a subkey for each entry, in the order of writing. */
    static final Key ENTRIES = new Key("/state/lattice.guestbook/entries");

    /** Who has signed, a subkey for each guest. */
    static final Key GUESTS = new Key("/state/lattice.guestbook/guests");

    /** How many have signed. */
    static final Key COUNT = new Key("/state/lattice.guestbook/count");

    static final Prefix ALL_ENTRIES = Prefix.of(ENTRIES);

    private Book() {
    }
}
