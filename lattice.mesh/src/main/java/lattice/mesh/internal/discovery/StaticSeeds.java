package lattice.mesh.internal.discovery;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.mesh.internal.join.Addresses;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.protocol.Contact;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Addresses that the owner has written down. Who is there is asked anew each time, as machines are replaced. */
public final class StaticSeeds {
    private static final Logger LOG = LoggerFactory.getLogger(StaticSeeds.class);

    private final List<String> addresses;
    private final NodeId self;
    private final LinkPort port;
    private record Question(StoreId mesh, String address) {
    }

    private final Set<Question> asking = ConcurrentHashMap.newKeySet();

    public StaticSeeds(List<String> addresses, NodeId self, LinkPort port) {
        this.addresses = addresses;
        this.self = self;
        this.port = port;
    }

    /** Asks at each address, unless an answer is still awaited from there; those who answer are told of later. */
    public void ask(StoreId mesh, Consumer<Contact> found) {
        for (String address : addresses) {
            Question question = new Question(mesh, address);
            if (asking.add(question)) {
                port.whoIsAt(mesh, Addresses.host(address), Addresses.port(address), node -> {
                    asking.remove(question);
                    tell(address, node, found);
                });
            }
        }
    }

    private void tell(String address, Optional<NodeId> node, Consumer<Contact> found) {
        if (node.isEmpty()) {
            LOG.debug("Nobody answers at the seed {}", address);
        } else if (!node.get().equals(self)) {
            found.accept(new Contact(node.get(), List.of(address)));
        }
    }
}
