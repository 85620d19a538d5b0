package lattice.service.irc.internal.session;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import lattice.service.irc.internal.protocol.CaseMapping;

/** The last users that left or took another nickname. */
public final class Departed {
    private static final int MAX = 256;

    private final Deque<User> users = new ArrayDeque<>();

    /**
     * A user as it was.
     *
     * @param nick nickname
     * @param user user name
     * @param host address
     * @param realName real name
     * @param when when it left
     */
    public record User(String nick, String user, String host, String realName, Instant when) {
    }

    void add(Session session, Instant when) {
        users.addFirst(new User(session.nick(), session.user(), session.host(), session.realName(), when));
        if (users.size() > MAX) {
            users.removeLast();
        }
    }

    /** Those of a nickname, the last first. */
    public List<User> named(String nick, int most) {
        Stream<User> named = users.stream().filter(user -> CaseMapping.same(user.nick(), nick));
        return (most > 0 ? named.limit(most) : named).toList();
    }
}
