package lattice.service.irc.internal.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import lattice.api.store.LogPosition;
import lattice.service.irc.internal.chat.ChannelState;
import lattice.service.irc.internal.chat.ChannelState.Said;
import lattice.service.irc.internal.chat.ChannelState.Stored;
import lattice.service.irc.internal.chat.ChatAudience;
import lattice.service.irc.internal.chat.ChatCommand;
import lattice.service.irc.internal.chat.ChatModel;
import lattice.service.irc.internal.chat.ChatWriter;
import lattice.service.irc.internal.chat.ChatWriter.Outcome;
import lattice.service.irc.internal.chat.Line;
import lattice.service.irc.internal.chat.Mode;
import lattice.service.irc.internal.chat.Origin;
import lattice.service.irc.internal.chat.Topic;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.CaseMapping;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;

/**
 * The clients of this gateway, the rooms they are in, and the store's chat that they share with other gateways. All of it
 * is used on one thread; what takes long is done elsewhere.
 */
public final class Network implements ChatAudience {
    private static final Duration LAST_LINES = Duration.ofSeconds(5);

    private final ChatModel chat;
    private final ChatWriter writer;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Replay replay;
    private final Instant started;
    private final Departed departed = new Departed();
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Map<String, Session> users = new TreeMap<>();
    private final Map<String, Room> rooms = new TreeMap<>();
    private final Set<String> pruning = new LinkedHashSet<>();
    private final Told told = new Told();
    private Settings settings;
    private int mostUsers;

    /** @param nanos a clock that only goes forward */
    public Network(Settings settings, ChatWriter writer, Clock clock, LongSupplier nanos) {
        this.settings = settings;
        this.chat = new ChatModel(this, settings.history(), settings.retention());
        this.writer = writer;
        this.clock = clock;
        this.nanos = nanos;
        this.replay = new Replay(settings.server());
        this.started = clock.instant();
    }

    public ChatModel chat() {
        return chat;
    }

    public Settings settings() {
        return settings;
    }

    /** Takes other settings of the same server. */
    public void settings(Settings now) {
        settings = now;
        chat.keep(now.history(), now.retention());
    }

    /** The name of this server. */
    public String server() {
        return settings.server();
    }

    public Instant started() {
        return started;
    }

    public Instant now() {
        return clock.instant();
    }

    public Departed departed() {
        return departed;
    }

    // Clients

    /** Takes a client in; its lines go to {@code dispatch}. */
    public Session connect(Connection connection, LineHandler dispatch) {
        Session session = new Session(server(), connection, now(), nanos.getAsLong());
        session.inbox(new Inbox(connection, settings.limits(), nanos, line -> dispatch.handle(session, line),
                () -> disconnect(session, "Excess Flood")));
        sessions.put(session.id(), session);
        return session;
    }

    /** What is done with the lines of a client. */
    @FunctionalInterface
    public interface LineHandler {
        void handle(Session session, String line);
    }

    /** A line came. */
    public void received(Session session, String line) {
        session.heard(nanos.getAsLong());
        session.inbox().offer(line);
    }

    /** A line came that was too long. */
    public void receivedTooMuch(Session session) {
        session.heard(nanos.getAsLong());
        session.inbox().charge(1);
        session.reply(Numeric.ERR_INPUTTOOLONG);
    }

    /** Everyone that is connected, registered or not. */
    public Collection<Session> sessions() {
        return Collections.unmodifiableCollection(sessions.values());
    }

    /** Everyone that is registered. */
    public List<Session> users() {
        return users.values().stream().filter(Session::isRegistered).toList();
    }

    public int mostUsers() {
        return mostUsers;
    }

    /** Who has a nickname and is registered. */
    public Optional<Session> user(String nick) {
        return Optional.ofNullable(users.get(CaseMapping.fold(nick))).filter(Session::isRegistered);
    }

    /** Gives a client a nickname, unless another one has it. */
    public boolean rename(Session session, String nick) {
        Session holder = users.get(CaseMapping.fold(nick));
        if (holder != null && holder != session) {
            return false;
        }
        if (session.isRegistered()) {
            if (session.nick().equals(nick)) {
                return true;
            }
            Outgoing message = now(Message.of(session.mask(), "NICK", nick));
            session.send(message);
            peers(session).forEach(peer -> peer.send(message));
            departed.add(session, now());
        }
        if (session.hasNick()) {
            users.remove(CaseMapping.fold(session.nick()));
        }
        session.nick(nick);
        users.put(CaseMapping.fold(nick), session);
        return true;
    }

    /** A client has said who it is. */
    public void register(Session session) {
        session.registered(true);
        mostUsers = Math.max(mostUsers, users().size());
    }

    /** Those who share a room with a client. */
    public Set<Session> peers(Session session) {
        Set<Session> peers = new LinkedHashSet<>();
        session.rooms().forEach(room -> room.members().forEach(member -> peers.add(member.session())));
        peers.remove(session);
        return peers;
    }

    /** Whether a client may be told that another one is here when it did not ask for it by name. */
    public boolean sees(Session viewer, Session other) {
        return viewer == other || !other.isInvisible() || viewer.rooms().stream().anyMatch(room -> room.has(other));
    }

    /** Says good-bye to a client and closes its connection. */
    public void disconnect(Session session, String reason) {
        if (!session.isClosed()) {
            session.send(new Message(Map.of(), Optional.empty(), "ERROR",
                    List.of("Closing Link: " + session.host() + " (" + reason + ")"), true));
            gone(session, reason);
            session.connection().close();
        }
    }

    /** A client has closed its connection: it leaves when what it said before that is dealt with, or soon anyway. */
    public void hungUp(Session session) {
        session.inbox().finish(() -> gone(session, "Connection closed"));
        session.hungUp(nanos.getAsLong());
    }

    /** A client's connection is of no use any more. */
    public void gone(Session session, String reason) {
        if (session.isClosed()) {
            return;
        }
        Outgoing quit = now(Message.text(session.mask(), "QUIT", reason));
        Set<Session> peers = peers(session);
        session.closed(true);
        session.inbox().close();
        sessions.remove(session.id());
        new ArrayList<>(session.rooms()).forEach(room -> leave(session, room));
        rooms.values().forEach(room -> room.remove(session));
        if (session.hasNick()) {
            users.remove(CaseMapping.fold(session.nick()));
        }
        if (session.isRegistered()) {
            departed.add(session, now());
            peers.forEach(peer -> peer.send(quit));
        }
    }

    /** Looks after clients that are silent; to be called every second or so. */
    public void tick() {
        long now = nanos.getAsLong();
        told.giveUp(now);
        for (Session session : List.copyOf(sessions.values())) {
            Limits limits = settings.limits();
            if (session.isHungUp()) {
                if (now - session.hungUpNanos() > LAST_LINES.toNanos()) {
                    gone(session, "Connection closed");
                }
            } else if (!session.isRegistered()) {
                if (now - session.sinceNanos() > limits.registration().toNanos()) {
                    disconnect(session, "Registration timed out");
                }
            } else if (session.inbox().isBlocked()) {
                // It is this side that does not read.
                session.heard(now);
            } else if (session.isPinged()) {
                // From the ping on, so that a pause of this side is not taken for one of the client.
                if (now - session.pingedNanos() > limits.idle().dividedBy(2).toNanos()) {
                    disconnect(session, "Ping timeout: " + Duration.ofNanos(now - session.heardNanos()).toSeconds()
                            + " seconds");
                }
            } else if (now - session.heardNanos() > limits.idle().toNanos()) {
                session.pinged(now);
                session.send(new Message(Map.of(), Optional.empty(), "PING", List.of(server()), true));
            }
        }
    }

    /** Closes all connections. */
    public void shutDown(String reason) {
        List.copyOf(sessions.values()).forEach(session -> disconnect(session, reason));
    }

    // Rooms

    /** The rooms that someone is in. */
    public Collection<Room> rooms() {
        return Collections.unmodifiableCollection(rooms.values());
    }

    /** A room that someone is in. */
    public Optional<Room> room(String name) {
        return Optional.ofNullable(rooms.get(CaseMapping.fold(name)));
    }

    /** A channel that exists: someone is in it, the store knows it, or it is always there. */
    public boolean exists(String name) {
        String key = CaseMapping.fold(name);
        return rooms.containsKey(key) || chat.channel(key).registeredName().isPresent() || configured(key).isPresent();
    }

    /** The name of a channel that exists as it is spelled by all. */
    public String channelName(String name) {
        String key = CaseMapping.fold(name);
        return room(key).map(Room::name).or(() -> configured(key)).or(() -> chat.channel(key).registeredName()).orElse(name);
    }

    /** The channels that exist, folded names to names. */
    public Map<String, String> channels() {
        Map<String, String> all = new TreeMap<>();
        chat.channels().forEach(channel -> channel.registeredName().ifPresent(name -> all.put(channel.key(), name)));
        settings.channels().forEach(name -> all.put(CaseMapping.fold(name), name));
        rooms.forEach((key, room) -> all.put(key, room.name()));
        return all;
    }

    /** What the store says of a channel. */
    public ChannelState state(String channel) {
        return chat.channel(channel);
    }

    private Optional<String> configured(String key) {
        return settings.channels().stream().filter(name -> CaseMapping.fold(name).equals(key)).findFirst();
    }

    /** The room of a channel, made if nobody is in it yet. */
    public Room enter(Session session, String name) {
        String key = CaseMapping.fold(name);
        String spelled = channelName(name);
        Room room = rooms.computeIfAbsent(key, absent -> new Room(key, spelled));
        room.add(session);
        session.joined(room);
        return room;
    }

    /** Takes a client out of a room, without a word. */
    public void leave(Session session, Room room) {
        room.remove(session);
        session.left(room);
        if (room.isEmpty()) {
            rooms.remove(room.key());
        }
    }

    /** Shows a client what was last said in a channel. */
    public void replay(Session session, Room room) {
        replay.send(session, room.name(), state(room.key()).history(settings.history()), now());
    }

    /** A message about something that happens now. */
    public Outgoing now(Message message) {
        return Outgoing.at(now(), message);
    }

    // The store

    /** Has a line stored; it reaches those in the channel from there. */
    public void say(Session session, String channel, Line line, Consumer<String> failed) {
        store(session, new ChatCommand.Say(channel, line, settings.limits().channels()), failed);
    }

    public void setTopic(Session session, String channel, String text, Consumer<String> failed) {
        store(session, new ChatCommand.SetTopic(channel, new Topic(text, session.origin()), settings.limits().channels()),
                failed);
    }

    /** @param modes at least one */
    public void changeModes(Session session, String channel, List<Mode> modes, Consumer<String> failed) {
        store(session, new ChatCommand.ChangeModes(channel, modes, settings.limits().channels()), failed);
    }

    private void store(Session session, ChatCommand command, Consumer<String> failed) {
        session.inbox().writeStarted();
        writer.send(command, outcome -> {
            if (outcome instanceof Outcome.Done done) {
                told.await(done.position(), nanos.getAsLong(), session.inbox()::writeEnded);
            } else {
                if (outcome instanceof Outcome.Failed failure) {
                    failed.accept(failure.reason());
                }
                session.inbox().writeEnded();
            }
        });
    }

    @Override
    public void toldUpTo(LogPosition position) {
        told.reached(position);
    }

    @Override
    public void said(ChannelState channel, Said said) {
        Origin by = said.line().by();
        Room room = rooms.get(channel.key());
        Session speaker = sessions.get(by.session());
        Outgoing message = Replay.live(room == null ? channel.registeredName().orElse(channel.key()) : room.name(), said);
        if (room != null) {
            room.sendOthers(speaker, message);
        }
        if (speaker != null && speaker.has(Capability.ECHO_MESSAGE)) {
            speaker.send(message);
        }
    }

    @Override
    public void topicChanged(ChannelState channel, Stored<Topic> topic) {
        Room room = rooms.get(channel.key());
        if (room != null) {
            room.send(Outgoing.at(topic.time(),
                    Message.text(topic.value().by().mask(), "TOPIC", room.name(), topic.value().text())));
        }
    }

    @Override
    public void modesChanged(ChannelState channel, List<Mode> modes) {
        Room room = rooms.get(channel.key());
        if (room != null) {
            ModeLine line = new ModeLine();
            modes.forEach(mode -> line.add(mode.on(), mode.letter(),
                    mode.letter() == 'k' && mode.param().isEmpty() ? "*" : mode.param()));
            room.send(now(line.message(modes.get(0).by().mask(), room.name())));
        }
    }

    @Override
    public void overfull(ChannelState channel) {
        if (pruning.add(channel.key())) {
            writer.send(new ChatCommand.Prune(channel.key(), settings.retention()), outcome -> {
                pruning.remove(channel.key());
                if (outcome instanceof Outcome.Nothing) {
                    chat.pruned(channel.key());
                }
            });
        }
    }
}
