package lattice.service.irc.internal.session;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The clients of this gateway that are in a channel. */
public final class Room {
    private final String key;
    private final String name;
    private final Map<Session, Member> members = new LinkedHashMap<>();
    private final Set<Session> invited = new HashSet<>();

    Room(String key, String name) {
        this.key = key;
        this.name = name;
    }

    /** The folded name of the channel. */
    public String key() {
        return key;
    }

    /** The name of the channel. */
    public String name() {
        return name;
    }

    public Collection<Member> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    public Optional<Member> member(Session session) {
        return Optional.ofNullable(members.get(session));
    }

    public boolean has(Session session) {
        return members.containsKey(session);
    }

    public boolean isOperator(Session session) {
        return members.containsKey(session) && members.get(session).isOperator();
    }

    public boolean isInvited(Session session) {
        return invited.contains(session);
    }

    public void invite(Session session) {
        invited.add(session);
    }

    /** Sends to all members. */
    public void send(Outgoing message) {
        members.keySet().forEach(session -> session.send(message));
    }

    /** Sends to all members but one. */
    public void sendOthers(Session not, Outgoing message) {
        members.keySet().stream().filter(session -> session != not).forEach(session -> session.send(message));
    }

    Member add(Session session) {
        Member member = new Member(session, members.isEmpty());
        members.put(session, member);
        invited.remove(session);
        return member;
    }

    void remove(Session session) {
        members.remove(session);
        invited.remove(session);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** A client in a room, and its rank there. */
    public static final class Member {
        private final Session session;
        private boolean operator;
        private boolean voiced;

        private Member(Session session, boolean operator) {
            this.session = session;
            this.operator = operator;
        }

        public Session session() {
            return session;
        }

        public boolean isOperator() {
            return operator;
        }

        public void operator(boolean now) {
            operator = now;
        }

        public boolean isVoiced() {
            return voiced;
        }

        public void voiced(boolean now) {
            voiced = now;
        }

        /** {@code @} for operators, {@code +} for the voiced; the highest alone, or all. */
        public String prefix(boolean all) {
            String prefixes = (operator ? "@" : "") + (voiced ? "+" : "");
            return all || prefixes.length() < 2 ? prefixes : prefixes.substring(0, 1);
        }
    }
}
