package lattice.example.guestbook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import lattice.api.statemachine.Effect;
import lattice.api.store.CommandResult;
import lattice.api.store.Prefix;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The rules alone, in a store that knows nothing else. */
final class SigningTest {
    private final InMemoryStore store = new InMemoryStore().register(Signing.NAME, new Signing());

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void signaturesStandInTheBookInTheirOrder() {
        assertThat(sign("Grace", "First!")).isInstanceOf(CommandResult.Applied.class);
        assertThat(sign("Ada", "Second, with é and 🙂.")).isInstanceOf(CommandResult.Applied.class);
        assertThat(store.scan(Book.ALL_ENTRIES).map(entry -> Signature.of(entry.value())))
                .containsExactly(new Signature("Grace", "First!"), new Signature("Ada", "Second, with é and 🙂."));
        assertThat(Effect.AddToCounter.sum(store.scan(Prefix.of(Book.COUNT)))).isEqualTo(2);
    }

    @Test
    void aGuestSignsOnce() {
        sign("Ada", "Hello.");
        assertThat(sign("Ada", "Hello again.")).isEqualTo(new CommandResult.Refused("Ada has signed already."));
        assertThat(store.scan(Book.ALL_ENTRIES)).hasSize(1);
    }

    @Test
    void whatIsNoNameOrNoWordsIsRefused() {
        for (String name : new String[] {"", ".", "..", "a/b", "1st", "x".repeat(41)}) {
            assertThat(sign(name, "Hello.")).as(name).isInstanceOf(CommandResult.Refused.class);
        }
        for (String words : new String[] {"", "two\nlines", "x".repeat(281)}) {
            assertThat(sign("Ada", words)).as(words).isInstanceOf(CommandResult.Refused.class);
        }
        assertThat(apply("no line break".getBytes(UTF_8))).isInstanceOf(CommandResult.Refused.class);
        assertThat(apply(new byte[] {(byte) 0xff, (byte) 0xc0})).isInstanceOf(CommandResult.Refused.class);
        assertThat(store.position().revision()).isZero();
    }

    private CommandResult sign(String guest, String words) {
        return apply(new Signature(guest, words).toBytes());
    }

    private CommandResult apply(byte[] command) {
        return store.apply(Signing.NAME, command).toCompletableFuture().join();
    }
}
