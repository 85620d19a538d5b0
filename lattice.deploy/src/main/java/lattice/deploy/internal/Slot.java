package lattice.deploy.internal;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lattice.deploy.internal.Deployed.State;
import org.osgi.framework.Bundle;

/** What the deployer remembers of one file. Only the deployer's thread touches it. */
final class Slot {
    final String file;
    /** What the file was like when it was last looked at, and since when. */
    private Fingerprint seen;
    private long seenSince;
    /** What the file was like when something was last made of it. */
    private Fingerprint dealtWith;
    Optional<Bundle> bundle = Optional.empty();
    Optional<Operation> operation = Optional.empty();
    /** The deployer's count of changes when its bundle was last started, or refused. */
    long triedAt;
    private State state = State.ARRIVING;
    private Optional<String> problem = Optional.empty();

    Slot(String file) {
        this.file = file;
    }

    /** Notes what the file is like now; how many milliseconds it has been like that. */
    long look(Fingerprint now, long writtenMillisAgo) {
        if (!now.equals(seen)) {
            // One that was there long before is not being written now.
            seenSince = System.nanoTime() - (seen == null ? TimeUnit.MILLISECONDS.toNanos(Math.max(0, writtenMillisAgo)) : 0);
            seen = now;
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - seenSince);
    }

    boolean isDealtWith() {
        return seen == null || seen.equals(dealtWith);
    }

    /** Something was made of the file as it was last seen. */
    void deal() {
        dealtWith = seen;
    }

    /** Makes something of the same content again. */
    void reconsider() {
        dealtWith = null;
    }

    Optional<Fingerprint> dealtWith() {
        return Optional.ofNullable(dealtWith);
    }

    void show(State now, String what) {
        state = now;
        problem = Optional.ofNullable(what);
    }

    State state() {
        return state;
    }

    Deployed shown() {
        return new Deployed(file, bundle.map(Bundle::getSymbolicName), bundle.map(known -> known.getVersion().toString()),
                state, problem);
    }
}
