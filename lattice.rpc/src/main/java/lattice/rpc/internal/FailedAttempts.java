package lattice.rpc.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs calls without a good token: each peer has some at once, and then so many a second (a token bucket). */
final class FailedAttempts {
    private static final Logger LOG = LoggerFactory.getLogger(FailedAttempts.class);
    private static final int ACCOUNTS = 1024;
    private static final double NANOS = 1e9;

    private final int atOnce;
    private final double perSecond;
    private final LongSupplier nanoTime;
    private final Map<String, Account> accounts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Account> eldest) {
            return size() > ACCOUNTS;
        }
    };

    private static final class Account {
        private double left;
        private long at;
        private long notLogged;
    }

    FailedAttempts(Limits limits, LongSupplier nanoTime) {
        this.atOnce = limits.failuresAtOnce();
        this.perSecond = limits.failuresPerSecond();
        this.nanoTime = nanoTime;
    }

    /**
     * Notes one.
     *
     * @return whether the peer is still worth an answer
     */
    synchronized boolean failed(Peer peer, String call, String why) {
        long now = nanoTime.getAsLong();
        Account account = accounts.computeIfAbsent(peer.account(), name -> {
            Account fresh = new Account();
            fresh.left = atOnce;
            fresh.at = now;
            return fresh;
        });
        account.left = Math.min(atOnce, account.left + (now - account.at) / NANOS * perSecond);
        account.at = now;
        if (account.left < 1) {
            account.notLogged++;
            return false;
        }
        account.left--;
        if (account.notLogged > 0) {
            LOG.warn("{} more attempts by {} were cut off", account.notLogged, peer);
            account.notLogged = 0;
        }
        LOG.warn("Refused {} of {}: {}", call, peer, why);
        return true;
    }
}
