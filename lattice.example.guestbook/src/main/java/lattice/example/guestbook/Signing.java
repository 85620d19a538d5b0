package lattice.example.guestbook;

import java.util.regex.Pattern;
import lattice.api.statemachine.Decision;
import lattice.api.statemachine.Effect;
import lattice.api.statemachine.StateMachine;
import lattice.api.statemachine.StateView;
import lattice.api.store.Prefix;
import org.osgi.service.component.annotations.Component;

/** The guestbook's rules: who may sign, and what signing does to the book. */
@Component(property = StateMachine.NAME + "=" + Signing.NAME)
public final class Signing implements StateMachine {
    static final String NAME = "lattice.guestbook";
    static final int MAX_GUESTS = 10_000;

    private static final Pattern GUEST = Pattern.compile("\\p{L}[\\p{L}\\p{N} .'-]{0,39}");
    private static final Pattern WORDS = Pattern.compile("[^\\p{Cc}]{1,280}");

    @Override
    public Decision decide(StateView book, byte[] command) {
        Signature signature = Signature.of(command);
        if (!GUEST.matcher(signature.guest()).matches()) {
            return new Decision.Refuse("A guest's name begins with a letter and has at most 40 letters, digits and spaces.");
        }
        if (!WORDS.matcher(signature.words()).matches()) {
            return new Decision.Refuse("Leave 1 to 280 characters, on one line.");
        }
        if (book.get(Book.GUESTS.child(signature.guest())).isPresent()) {
            return new Decision.Refuse(signature.guest() + " has signed already.");
        }
        if (Effect.AddToCounter.sum(book.scan(Prefix.of(Book.COUNT))) >= MAX_GUESTS) {
            return new Decision.Refuse("The book is full.");
        }
        return new Decision.Accept(
                new Effect.AppendToLog(Book.ENTRIES, command),
                new Effect.AddToSet(Book.GUESTS, signature.guest()),
                new Effect.AddToCounter(Book.COUNT, 1));
    }
}
