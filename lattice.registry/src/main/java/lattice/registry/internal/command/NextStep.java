package lattice.registry.internal.command;

import lattice.registry.internal.declaration.Policy;
import lattice.registry.internal.reconcile.ServiceView;

/** What a person can do about a service that is in some state. */
final class NextStep {
    private NextStep() {
    }

    static String of(ServiceView view) {
        String service = view.key().service().name();
        return switch (view.state()) {
            case AWAITING_CONSENT -> "Not running here: waits for your consent. Look at what it asks for with "
                    + "lattice:consent " + service + ", then type lattice:consent " + service + " FollowMesh";
            case REFUSED -> "You said Block. To let it run: lattice:consent " + service + " FollowMesh";
            case DECLARED -> "Not meant for this node" + tagHint(view)
                    + ". To run it here all the same: lattice:consent " + service + " AlwaysAllow";
            case INVALID -> "Correct it with lattice:declare " + service + "; lattice:declare --help shows how.";
            case WAITING, BACKING_OFF, FAILED -> "lattice:why " + service
                    + " and lattice:log say more; to try again at once, "
                    + "consent again: lattice:consent " + service + " FollowMesh";
            case STARTING, STOPPING -> "It is on its way; look again with lattice:why " + service;
            case RUNNING -> view.reason().contains("waits for consent")
                    ? "To take the newer config: lattice:consent " + service + " FollowMesh"
                    : "Nothing is to be done.";
            case STOPPED -> "Nothing is to be done.";
        };
    }

    private static String tagHint(ServiceView view) {
        return view.assessment().declared().flatMap(declared -> declared.declaration())
                .filter(declaration -> declaration.policy() instanceof Policy.TaggedNodes)
                .map(declaration -> "; it would be with lattice:tags add "
                        + ((Policy.TaggedNodes) declaration.policy()).tags().first())
                .orElse("");
    }
}
