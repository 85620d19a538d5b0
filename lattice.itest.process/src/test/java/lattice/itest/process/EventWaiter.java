package lattice.itest.process;

import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import net.engio.mbassy.listener.Handler;
import net.engio.mbassy.listener.Listener;
import net.engio.mbassy.listener.References;
import org.kitteh.irc.client.library.event.helper.ClientEvent;

/** Waits for an event of the client library. */
@Listener(references = References.Strong)
final class EventWaiter<T extends ClientEvent> {
    private final Class<T> type;
    private final Predicate<T> meant;
    private final CompletableFuture<T> next;

    EventWaiter(Class<T> type, Predicate<T> meant, CompletableFuture<T> next) {
        this.type = type;
        this.meant = meant;
        this.next = next;
    }

    @Handler
    public void told(ClientEvent event) {
        if (type.isInstance(event) && meant.test(type.cast(event))) {
            next.complete(type.cast(event));
        }
    }
}
