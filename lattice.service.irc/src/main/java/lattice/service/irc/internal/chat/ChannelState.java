package lattice.service.irc.internal.chat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.HybridTime;
import lattice.api.store.Version;
import lattice.service.irc.internal.protocol.CaseMapping;
import lattice.service.irc.internal.protocol.Mask;

/** What the store says of one channel, as of the last change that was seen. */
public final class ChannelState {
    private final String key;
    private final Map<Character, Stored<Mode>> modes = new TreeMap<>();
    private final Map<String, Stored<Mode>> bans = new LinkedHashMap<>();
    private final TreeMap<String, Said> history = new TreeMap<>();
    private Optional<Stored<Registration>> registration = Optional.empty();
    private Optional<Stored<Topic>> topic = Optional.empty();
    private int lines;

    ChannelState(String key) {
        this.key = key;
    }

    /**
     * A value with the version of its entry.
     *
     * @param value what
     * @param version which write it was
     */
    public record Stored<T>(T value, Version version) {
        /** When it was written. */
        public Instant time() {
            return version.time().instant();
        }
    }

    /**
     * A line with what the store knows of it.
     *
     * @param line what
     * @param version which write it was
     */
    public record Said(Line line, Version version) {
        public Instant time() {
            return version.time().instant();
        }

        /** A name that no other line has. */
        public String id() {
            HybridTime time = version.time();
            return Long.toHexString(time.bits()) + "-" + version.author().node().shortId() + "-"
                    + Long.toHexString(version.author().epoch()) + "-" + version.index();
        }
    }

    /** The folded name. */
    public String key() {
        return key;
    }

    /** The name as its first user spelled it, if the store knows the channel. */
    public Optional<String> registeredName() {
        return registration.map(stored -> stored.value().name());
    }

    public Optional<Instant> createdAt() {
        return registration.map(Stored::time);
    }

    /** The topic, if there is one. */
    public Optional<Stored<Topic>> topic() {
        return topic.filter(stored -> !stored.value().text().isEmpty());
    }

    public boolean has(char mode) {
        Stored<Mode> stored = modes.get(mode);
        return stored == null ? Mode.DEFAULTS.indexOf(mode) >= 0 : stored.value().on();
    }

    /** The key or the limit, if it is set. */
    public Optional<String> param(char mode) {
        return has(mode) ? Optional.of(modes.get(mode).value().param()) : Optional.empty();
    }

    /** Those that are set now, in the order they were set. */
    public List<Stored<Mode>> bans() {
        return bans.values().stream().filter(ban -> ban.value().on()).toList();
    }

    /** Whether one of the bans fits {@code nick!user@host}. */
    public boolean bans(String mask) {
        return bans.values().stream().anyMatch(ban -> ban.value().on() && Mask.matches(ban.value().param(), mask));
    }

    /** The newest lines, the oldest of them first. */
    public List<Said> history(int most) {
        List<Said> all = new ArrayList<>(history.values());
        return all.subList(Math.max(0, all.size() - most), all.size());
    }

    /** How many lines the store has. */
    int lines() {
        return lines;
    }

    /** The newest line's key, empty if there is none. */
    String newest() {
        return history.isEmpty() ? "" : history.lastKey();
    }

    /** The topic, even if it was taken away. */
    Optional<Stored<Topic>> topicEntry() {
        return topic;
    }

    String topicText() {
        return text(topic);
    }

    /** All modes that were ever changed. */
    Stream<Stored<Mode>> changedModes() {
        return Stream.concat(modes.values().stream(), bans.values().stream());
    }

    void registered(Optional<Stored<Registration>> now) {
        registration = now;
    }

    /** @return whether that is new */
    boolean topic(Optional<Stored<Topic>> now) {
        boolean changed = !topicText().equals(text(now));
        topic = now;
        return changed;
    }

    /** @return whether that is new */
    boolean mode(Stored<Mode> now) {
        Mode mode = now.value();
        Stored<Mode> before = mode.letter() == 'b' ? bans.put(CaseMapping.fold(mode.param()), now)
                : modes.put(mode.letter(), now);
        boolean wasOn = before == null ? Mode.DEFAULTS.indexOf(mode.letter()) >= 0 : before.value().on();
        return wasOn != mode.on() || mode.on() && before != null && !before.value().param().equals(mode.param());
    }

    void forgetMode(char letter) {
        modes.remove(letter);
    }

    void forgetBan(String foldedMask) {
        bans.remove(foldedMask);
    }

    void said(Entry entry, Said line, int keep) {
        lines++;
        history.put(entry.key().path(), line);
        while (history.size() > keep) {
            history.pollFirstEntry();
        }
    }

    /** The lines after a key, the oldest first. */
    Collection<Said> historyAfter(String path) {
        return history.tailMap(path, false).values();
    }

    /** A line that is there but can't be shown. */
    void unreadableLine() {
        lines++;
    }

    void linesAtMost(int most) {
        lines = Math.min(lines, most);
    }

    void forgetLine(String path) {
        lines = Math.max(0, lines - 1);
        history.remove(path);
    }

    /** Whether there is nothing that the store knows of it. */
    boolean isEmpty() {
        return registration.isEmpty() && topic.isEmpty() && modes.isEmpty() && bans.isEmpty() && lines == 0;
    }

    private static String text(Optional<Stored<Topic>> topic) {
        return topic.map(stored -> stored.value().text()).orElse("");
    }
}
