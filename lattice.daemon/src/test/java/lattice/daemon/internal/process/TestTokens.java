package lattice.daemon.internal.process;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import lattice.api.id.ServiceId;
import lattice.api.store.Acl;
import lattice.api.store.Prefix;
import lattice.rpc.IssuedToken;
import lattice.rpc.ReadyListener;
import lattice.rpc.ServiceTokens;
import lattice.rpc.TokenGrant;
import lattice.rpc.TokenInfo;

/** Numbers tokens and remembers which are good. */
final class TestTokens implements ServiceTokens {
    private final Set<String> good = new TreeSet<>();
    private int issued;
    private Consumer<ReadyListener> onIssue = ready -> { };

    synchronized Set<String> good() {
        return new TreeSet<>(good);
    }

    synchronized void onIssue(Consumer<ReadyListener> what) {
        onIssue = what;
    }

    @Override
    public IssuedToken issue(TokenGrant grant) {
        throw new AssertionError("A daemon's token hears when the daemon is ready.");
    }

    @Override
    public synchronized IssuedToken issue(TokenGrant grant, ReadyListener ready) {
        if (grant.kept() || !grant.store().matches("[0-9a-f]{64}")) {
            throw new AssertionError(grant + " is not for one run in one store.");
        }
        String id = String.valueOf(++issued);
        good.add(id);
        onIssue.accept(ready);
        return new IssuedToken(new TokenInfo(id, grant.service(), grant.store(), grant.acl(), Instant.EPOCH,
                Optional.empty(), false), "secret-" + id);
    }

    @Override
    public Optional<Prefix> forbidden(ServiceId service, Acl asked) {
        return Optional.empty();
    }

    @Override
    public List<TokenInfo> list() {
        return List.of();
    }

    @Override
    public synchronized boolean revoke(String id) {
        return good.remove(id);
    }
}
