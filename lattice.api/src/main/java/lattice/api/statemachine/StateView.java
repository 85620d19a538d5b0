package lattice.api.statemachine;

import java.util.Optional;
import java.util.stream.Stream;
import lattice.api.store.Entry;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import org.osgi.annotation.versioning.ProviderType;

/** The state that a state machine decides upon. */
@ProviderType
public interface StateView {
    /** The value of a key, if it has one. */
    Optional<Entry> get(Key key);

    /** The entries under a prefix, in the order of their keys. */
    Stream<Entry> scan(Prefix prefix);
}
