package lattice.consent;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where the owner of this node decides. It is the only place of Lattice that writes a consent, and it takes no store,
 * so nothing that arrives from a mesh can reach it: it is for commands that the owner types.
 */
@ProviderType
public interface ConsentDesk {
    /**
     * Records the owner's word about what was shown, and puts it in force before it returns.
     *
     * @param value the word
     * @param shown the proposal as the owner saw it: its provider, access and sensitive fields are pinned
     * @param who the person who decides
     * @throws IllegalArgumentException with a sentence for that person, if the value needs a provider and none was
     * shown
     * @throws IOException if it can't be stored; the consent that was in force still is
     */
    void decide(ConsentValue value, Proposal shown, String who) throws IOException;
}
