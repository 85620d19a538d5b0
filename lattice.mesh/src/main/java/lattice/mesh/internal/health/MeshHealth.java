package lattice.mesh.internal.health;

import java.util.List;
import java.util.Optional;
import lattice.api.id.NodeId;
import lattice.kernel.membership.Checkpointing;
import lattice.kernel.membership.Member;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.StoreCheckpoint;
import lattice.mesh.internal.node.MeshNode;
import lattice.mesh.internal.node.MeshService;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * How this node's meshes are: whether anybody has made two histories, whether the node reaches the others and keeps up with
 * them, and whether somebody settles the stores, without which disks grow. Sentences are steady; figures are debug entries.
 */
@Component(property = HealthCheck.NAME + "=mesh")
public final class MeshHealth implements HealthCheck {
    /** Four times what is let grow before a checkpoint is due, unless that was set otherwise. */
    static final long UNSETTLED_BYTES = 256L * 1024 * 1024;
    static final long BEHIND_COMMITS = 100_000;

    private final MeshService meshes;

    @Activate
    public MeshHealth(@Reference MeshService meshes) {
        this.meshes = meshes;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        // A log without an entry counts as a warning.
        List<Membership> all = meshes.all();
        log.debug("In {} mesh(es).", all.size());
        try {
            for (Membership mesh : all) {
                Optional<MeshNode> node = meshes.running(mesh.mesh());
                report(mesh, meshes.self(), node.isPresent() ? Optional.of(node.get().view()) : Optional.empty(), log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.healthCheckError("Looking at the meshes was interrupted.");
        }
        return new Result(log);
    }

    /** @param view empty while the node takes no part in the mesh's traffic */
    static void report(Membership mesh, NodeId self, Optional<MeshNode.View> view, FormattingResultLog log) {
        String id = mesh.mesh().shortId();
        List<Member> members = mesh.members();
        for (Member member : members) {
            if (member.forked() && member.node().equals(self)) {
                log.critical("This node has made two histories in mesh {}, as a copied home does: what it wrote since counts "
                        + "nowhere. Stop the copy for good and restart this node.", id);
            } else if (member.forked()) {
                log.warn("Node {} has made two histories in mesh {}, as a copied home or an attacker does: what it wrote since "
                        + "counts nowhere. An administrator can remove it with lattice:revoke {} --mesh {}.",
                        member.node().shortId(), id, member.node().shortId(), id);
            }
        }
        boolean several = members.stream().filter(Member::present).count() > 1;
        if (several) {
            reportLinks(id, view, log);
        }
        reportCheckpoints(id, several, mesh.checkpoints(), log);
    }

    private static void reportLinks(String mesh, Optional<MeshNode.View> view, FormattingResultLog log) {
        if (view.isEmpty() || view.get().links().isEmpty()) {
            log.warn("No other node of mesh {} is reached: what is written here or there waits. See lattice:peers --mesh {}.",
                    mesh, mesh);
        }
        long behind = view.map(MeshNode.View::commitsBehind).orElse(0L);
        log.debug("Mesh {}: {} link(s), {} commits behind.", mesh, view.map(found -> found.links().size()).orElse(0), behind);
        if (behind > BEHIND_COMMITS) {
            log.warn("This node is more than {} commits behind the others of mesh {}.", BEHIND_COMMITS, mesh);
        }
    }

    private static void reportCheckpoints(String mesh, boolean several, Checkpointing checkpoints, FormattingResultLog log) {
        String maker = checkpoints.maker().map(node -> "node " + node.shortId()).orElse("nobody");
        for (StoreCheckpoint store : checkpoints.list()) {
            log.debug("Mesh {}, store {}: checkpoint {}, {} in the log since.", mesh, store.name(), store.number(),
                    FormattingResultLog.bytesHumanReadable(store.uncovered()));
            store.problem().ifPresent(problem -> log.warn("{}", problem));
            if (several && store.uncovered() > UNSETTLED_BYTES) {
                log.warn("Store {} of mesh {} grows without a checkpoint: {} is to make them. Start it, or let the founder name "
                        + "another administrator with lattice:checkpoint --delegate NODE --mesh {}.", store.name(), mesh,
                        maker, mesh);
            }
            if (!store.late().isEmpty()) {
                log.warn("Of what this node wrote to store {} of mesh {}, some came too late for a checkpoint and counts nowhere: "
                        + "lattice:checkpoint --mesh {} names what to write again.", store.name(), mesh, mesh);
            }
        }
    }
}
