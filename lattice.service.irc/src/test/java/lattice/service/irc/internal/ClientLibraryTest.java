package lattice.service.irc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lattice.testkit.InMemoryStore;
import net.engio.mbassy.listener.Handler;
import net.engio.mbassy.listener.Listener;
import net.engio.mbassy.listener.References;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kitteh.irc.client.library.Client;
import org.kitteh.irc.client.library.element.Channel;
import org.kitteh.irc.client.library.event.channel.ChannelMessageEvent;
import org.kitteh.irc.client.library.event.channel.ChannelTopicEvent;
import org.kitteh.irc.client.library.event.channel.RequestedChannelJoinCompleteEvent;
import org.kitteh.irc.client.library.event.helper.ClientEvent;
import org.kitteh.irc.client.library.event.user.PrivateMessageEvent;
import org.kitteh.irc.client.library.event.user.UserNickChangeEvent;
import org.kitteh.irc.client.library.event.user.UserQuitEvent;
import org.kitteh.irc.client.library.exception.KittehNagException;
import org.kitteh.irc.client.library.feature.sending.SingleDelaySender;

/** A client that others wrote understands the gateway. */
@Timeout(120)
class ClientLibraryTest {
    private final InMemoryStore store = TestGateway.store();

    @Test
    void joinsTalksAndLeaves() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of());
                LibraryClient ann = new LibraryClient("ann", gateway.port());
                LibraryClient ben = new LibraryClient("ben", gateway.port())) {
            assertThat(ann.client.getServerInfo().getNetworkName()).contains("Lattice");
            assertThat(ann.client.getServerInfo().getCaseMapping().name()).isEqualTo("RFC1459");
            assertThat(ann.client.getCapabilityManager().getCapability("multi-prefix")).isPresent();

            ann.client.sendMessage("#lattice", "hello from a library");
            ChannelMessageEvent message = ben.next(ChannelMessageEvent.class);
            assertThat(message.getMessage()).isEqualTo("hello from a library");
            assertThat(message.getActor().getNick()).isEqualTo("ann");
            assertThat(message.getActor().getUserString()).isEqualTo("~ann");

            ben.client.sendMessage("ann", "only you");
            assertThat(ann.next(PrivateMessageEvent.class).getMessage()).isEqualTo("only you");

            ann.channel().setTopic("set by a library");
            assertThat(ben.next(ChannelTopicEvent.class).getNewTopic().getValue()).contains("set by a library");

            ben.client.setNick("benny");
            assertThat(ann.next(UserNickChangeEvent.class).getNewUser().getNick()).isEqualTo("benny");
            ben.client.shutdown("bye");
            assertThat(ann.next(UserQuitEvent.class).getMessage()).isEqualTo("Quit: bye");
        }
    }

    @Test
    void seesWhatWasSaidBeforeTheRestart() throws Exception {
        try (TestGateway gateway = TestGateway.start(store, Map.of());
                LibraryClient ann = new LibraryClient("ann", gateway.port());
                LibraryClient ben = new LibraryClient("ben", gateway.port())) {
            ann.client.sendMessage("#lattice", "remember this");
            ben.next(ChannelMessageEvent.class);
        }
        try (TestGateway gateway = TestGateway.start(store, Map.of());
                LibraryClient cat = new LibraryClient("cat", gateway.port())) {
            assertThat(cat.next(ChannelMessageEvent.class).getMessage()).endsWith("remember this");
        }
    }

    /** A client in #lattice, and what it was told. */
    @Listener(references = References.Strong)
    private static final class LibraryClient implements AutoCloseable {
        private final BlockingQueue<ClientEvent> events = new LinkedBlockingQueue<>();
        private final List<Exception> failures = new CopyOnWriteArrayList<>();
        private final Client client;

        LibraryClient(String nick, int port) throws InterruptedException {
            client = Client.builder()
                    .nick(nick)
                    .user(nick)
                    .server().host("127.0.0.1").port(port, Client.Builder.Server.SecurityType.INSECURE).then()
                    .listeners().exception(this::failed).then()
                    .management().messageSendingQueueSupplier(SingleDelaySender.getSupplier(1)).then()
                    .build();
            client.getEventManager().registerEventListener(this);
            client.addChannel("#lattice");
            client.connect();
            next(RequestedChannelJoinCompleteEvent.class);
        }

        private void failed(Exception exception) {
            // It nags about connections without TLS.
            if (!(exception instanceof KittehNagException)) {
                failures.add(exception);
            }
        }

        @Handler
        public void told(ClientEvent event) {
            events.add(event);
        }

        Channel channel() {
            return client.getChannel("#lattice").orElseThrow();
        }

        /** The next event of a kind; those of others are passed over. */
        <T extends ClientEvent> T next(Class<T> type) throws InterruptedException {
            while (true) {
                ClientEvent event = events.poll(20, TimeUnit.SECONDS);
                assertThat(event).as("a %s", type.getSimpleName()).isNotNull();
                if (type.isInstance(event)) {
                    return type.cast(event);
                }
            }
        }

        @Override
        public void close() {
            client.shutdown("closed");
            assertThat(failures).isEmpty();
        }
    }
}
