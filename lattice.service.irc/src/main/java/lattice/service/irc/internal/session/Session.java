package lattice.service.irc.internal.session;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lattice.service.irc.internal.chat.Origin;
import lattice.service.irc.internal.protocol.Capability;
import lattice.service.irc.internal.protocol.Message;
import lattice.service.irc.internal.protocol.Numeric;
import lattice.service.irc.internal.protocol.Wire;

/** One client and what is known of it. Used on the thread of the gateway only. */
public final class Session {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String id;
    private final String server;
    private final String host;
    private final Connection connection;
    private final Instant since;
    private final long sinceNanos;
    private final Set<Room> rooms = new LinkedHashSet<>();
    private final Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
    private Optional<String> nick = Optional.empty();
    private Optional<String> user = Optional.empty();
    private Optional<String> away = Optional.empty();
    private String realName = "";
    private boolean negotiating;
    private boolean registered;
    private boolean invisible;
    private boolean closed;
    private Instant lastSpoke;
    private long heardNanos;
    private boolean pinged;
    private long pingedNanos;
    private boolean hungUp;
    private long hungUpNanos;
    private Inbox inbox;

    Session(String server, Connection connection, Instant since, long nanos) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        this.id = HexFormat.of().formatHex(random);
        this.server = server;
        this.connection = connection;
        this.since = since;
        this.sinceNanos = nanos;
        this.lastSpoke = since;
        this.heardNanos = nanos;
        // A host that starts with a colon would end the parameters of a message.
        this.host = connection.address().startsWith(":") ? "0" + connection.address() : connection.address();
    }

    /** A random name of this session. */
    public String id() {
        return id;
    }

    /** Its nickname; {@code *} as long as it has none. */
    public String nick() {
        return nick.orElse("*");
    }

    public boolean hasNick() {
        return nick.isPresent();
    }

    public void nick(String name) {
        nick = Optional.of(name);
    }

    public String user() {
        return user.orElse("~unknown");
    }

    public boolean hasUser() {
        return user.isPresent();
    }

    public void user(String name) {
        user = Optional.of(name);
    }

    public String realName() {
        return realName;
    }

    public void realName(String name) {
        realName = name;
    }

    public String host() {
        return host;
    }

    /** {@code nick!user@host}. */
    public String mask() {
        return nick() + "!" + user() + "@" + host;
    }

    /** As whom it does things. */
    public Origin origin() {
        return new Origin(mask(), id);
    }

    /** What it said of being away, if it is. */
    public Optional<String> away() {
        return away;
    }

    public void away(Optional<String> message) {
        away = message;
    }

    public boolean isInvisible() {
        return invisible;
    }

    public void invisible(boolean now) {
        invisible = now;
    }

    /** When it connected. */
    public Instant since() {
        return since;
    }

    /** When it last said something. */
    public Instant lastSpoke() {
        return lastSpoke;
    }

    public void spoke(Instant when) {
        lastSpoke = when;
    }

    public boolean isRegistered() {
        return registered;
    }

    void registered(boolean now) {
        registered = now;
    }

    /** Whether it is still choosing capabilities, and so not to be registered yet. */
    public boolean isNegotiating() {
        return negotiating;
    }

    public void negotiating(boolean now) {
        negotiating = now;
    }

    public boolean has(Capability capability) {
        return capabilities.contains(capability);
    }

    /** Those that it has now; to be changed here. */
    public Set<Capability> capabilities() {
        return capabilities;
    }

    /** The rooms that it is in, in the order it joined them. */
    public Set<Room> rooms() {
        return Collections.unmodifiableSet(rooms);
    }

    void joined(Room room) {
        rooms.add(room);
    }

    void left(Room room) {
        rooms.remove(room);
    }

    public boolean isClosed() {
        return closed;
    }

    void closed(boolean now) {
        closed = now;
    }

    Connection connection() {
        return connection;
    }

    void inbox(Inbox lines) {
        inbox = lines;
    }

    Inbox inbox() {
        return inbox;
    }

    boolean isHungUp() {
        return hungUp;
    }

    long hungUpNanos() {
        return hungUpNanos;
    }

    void hungUp(long nanos) {
        hungUp = true;
        hungUpNanos = nanos;
    }

    /** Makes its next lines wait longer, for a line that was more work than others. */
    public void charge(int lines) {
        inbox.charge(lines);
    }

    void heard(long nanos) {
        heardNanos = nanos;
        pinged = false;
    }

    long sinceNanos() {
        return sinceNanos;
    }

    long heardNanos() {
        return heardNanos;
    }

    boolean isPinged() {
        return pinged;
    }

    void pinged(long nanos) {
        pinged = true;
        pingedNanos = nanos;
    }

    long pingedNanos() {
        return pingedNanos;
    }

    public void send(Outgoing message) {
        if (!closed) {
            connection.write(message.bytes(capabilities));
        }
    }

    public void send(Message message) {
        if (!closed) {
            connection.write(Wire.encode(message));
        }
    }

    /** Sends a numeric with these parameters, and its own text after them if it has one. */
    public void reply(Numeric numeric, String... params) {
        send(message(numeric, numeric.text().isPresent(), numeric.text(), params));
    }

    /** Sends a numeric whose last parameter is text for a person. */
    public void replyText(Numeric numeric, String... params) {
        send(message(numeric, true, Optional.empty(), params));
    }

    /** Sends a notice from the server. */
    public void notice(String text) {
        send(Message.text(server, "NOTICE", nick(), text));
    }

    private Message message(Numeric numeric, boolean trailing, Optional<String> text, String... params) {
        List<String> all = new ArrayList<>(params.length + 2);
        all.add(nick());
        all.addAll(List.of(params));
        text.ifPresent(all::add);
        String[] array = all.toArray(String[]::new);
        return trailing ? Message.text(server, numeric.code(), array) : Message.of(server, numeric.code(), array);
    }
}
