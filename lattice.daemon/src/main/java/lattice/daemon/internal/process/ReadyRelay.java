package lattice.daemon.internal.process;

import java.util.List;
import lattice.api.node.Endpoint;
import lattice.rpc.ReadyListener;

/** Stands between a token and the run that it is made for, since neither can be made without the other. */
final class ReadyRelay implements ReadyListener {
    private volatile Run run;

    void to(Run target) {
        run = target;
    }

    @Override
    public void ready(List<Endpoint> endpoints) {
        Run target = run;
        if (target != null) {
            target.ready(endpoints);
        }
    }
}
