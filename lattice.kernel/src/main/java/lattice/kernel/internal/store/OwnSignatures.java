package lattice.kernel.internal.store;

import java.io.IOException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import lattice.api.store.Author;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogRecord;

/** Signs what this node writes: its last commit, and with it all before it, a second after the first that is not signed. */
final class OwnSignatures {
    private static final long SIGN_AFTER_MILLIS = 1_000;

    private final Identity identity;
    private final Author self;
    private final CommitLog log;
    private final Memory memory;
    private final Errands errands;
    private final ScheduledExecutorService timer;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile Head last;
    private volatile boolean closed;

    private record Head(long sequence, Hash hash) {
    }

    /** @param head this node's last commit */
    OwnSignatures(Identity identity, Author self, CommitLog log, Memory memory, Errands errands, ScheduledExecutorService timer,
            Chains.Head head) {
        this.identity = identity;
        this.self = self;
        this.log = log;
        this.memory = memory;
        this.errands = errands;
        this.timer = timer;
        last = new Head(head.sequence(), head.hash());
    }

    /** This node has written a commit; on the writer's thread. */
    void written(long sequence, Hash hash) {
        last = new Head(sequence, hash);
        signSoon();
    }

    void signSoon() {
        if (scheduled.compareAndSet(false, true)) {
            timer.schedule(() -> {
                scheduled.set(false);
                if (!closed) {
                    errands.start(this::sign);
                }
            }, SIGN_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void sign() throws IOException {
        Head head = last;
        if (head.sequence() == 0) {
            return;
        }
        byte[] signature = identity.sign(head.hash());
        var out = log.startRecord(memory.revision() + 1);
        LogRecord.writeSignature(out, self, head.sequence(), signature);
        log.endRecord(memory.revision() + 1);
    }

    /** Signs now, before the writer stops. */
    void close() {
        closed = true;
        errands.start(this::sign);
    }
}
