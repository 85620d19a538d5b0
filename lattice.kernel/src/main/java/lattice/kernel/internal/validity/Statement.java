package lattice.kernel.internal.validity;

import lattice.api.id.NodeId;
import lattice.api.store.HybridTime;

/**
 * An act as a control commit of the root store holds it.
 *
 * @param position of the commit
 * @param time of the commit; for showing, nothing follows from it
 * @param subject of whom it speaks
 * @param act what it says
 */
public record Statement(Position position, HybridTime time, NodeId subject, Act act) {
    NodeId speaker() {
        return position.author().node();
    }
}
