package lattice.mesh.internal.join;

import java.io.IOException;
import java.net.SocketAddress;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.StoreException;
import lattice.kernel.membership.Membership;
import lattice.kernel.membership.Role;
import lattice.mesh.internal.join.Handshake.Answer;
import lattice.mesh.internal.join.Handshake.Hello;
import lattice.mesh.internal.join.Handshake.Proof;
import lattice.mesh.internal.link.LinkPort;
import lattice.mesh.internal.link.Place;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets in who proves that it holds an invitation of this node's: once each, in time, and not by trying many. */
public final class Doorman implements LinkPort.Doorkeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Doorman.class);
    private static final String NOT_VALID = "That invitation is not valid: it was altered, taken back or never given.";
    private static final String EVERYWHERE = "";

    private final NodeId self;
    private final Invites invites;
    private final Function<StoreId, Optional<Membership>> memberships;
    private final RateLimit byPlace = new RateLimit(5, 12_000, Doorman::millis);
    private final RateLimit overall = new RateLimit(50, 1_000, Doorman::millis);
    /** Who is refused is told of, but can't fill the log. */
    private final RateLimit warned = new RateLimit(3, 60_000, Doorman::millis);
    private final RateLimit warnedOverall = new RateLimit(20, 6_000, Doorman::millis);
    private final SecureRandom random = new SecureRandom();

    public Doorman(NodeId self, Invites invites, Function<StoreId, Optional<Membership>> memberships) {
        this.self = self;
        this.invites = invites;
        this.memberships = memberships;
    }

    private static long millis() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public LinkPort.Visit visit(NodeId peer, StoreId mesh, SocketAddress address) {
        return new OneVisit(peer, mesh, Place.of(address));
    }

    private final class OneVisit implements LinkPort.Visit {
        private final NodeId peer;
        private final StoreId mesh;
        private final String place;
        private final byte[] nonce = new byte[Handshake.NONCE_BYTES];
        private Hello hello;

        OneVisit(NodeId peer, StoreId mesh, String place) {
            this.peer = peer;
            this.mesh = mesh;
            this.place = place;
        }

        @Override
        public LinkPort.Word hear(byte[] message) {
            try {
                if (hello == null) {
                    if (!byPlace.take(place) || !overall.take(EVERYWHERE)) {
                        return refuse("Too many have tried; wait a minute and try again.");
                    }
                    hello = Hello.decode(message);
                    random.nextBytes(nonce);
                    return new LinkPort.Word(new Handshake.Challenge(nonce).encode(), false);
                }
                return answer(Proof.decode(message));
            } catch (IOException e) {
                LOG.debug("Node {} said what can't be understood", peer, e);
                return refuse("That was not understood; is one of the two nodes newer?");
            }
        }

        private LinkPort.Word answer(Proof proof) {
            Optional<Invites.Invite> found = invites.find(hello.number());
            Optional<Membership> membership = memberships.apply(mesh);
            // The proof is computed whether there is such an invitation or not, so that time tells nothing.
            byte[] secret = found.map(Invites.Invite::secret).orElse(new byte[Token.SECRET_BYTES]);
            boolean proven = MessageDigest.isEqual(proof.mac(),
                    Handshake.mac(secret, mesh, self, peer, nonce, hello.nonce()));
            if (found.isEmpty() || !proven || membership.isEmpty() || !found.get().mesh().equals(mesh)) {
                return refuse(NOT_VALID);
            }
            Invites.Invite invite = found.get();
            synchronized (invites) {
                return admit(invite, membership.get(), proof);
            }
        }

        private LinkPort.Word admit(Invites.Invite invite, Membership membership, Proof proof) {
            byte[] hash = Token.sha256(invite.secret());
            if (membership.isMember(peer) && (membership.isUsed(hash) || invite.role() == Role.MEMBER)) {
                // It was let in and has not heard so, or left and nobody heard: it gains nothing that it has not.
                return new LinkPort.Word(new Answer("").encode(), true);
            }
            if (membership.isUsed(hash)) {
                return refuse("That invitation was used before; ask for a new one.");
            }
            if (invites.hasEnded(invite)) {
                return refuse("That invitation ended at " + invite.ends() + "; ask for a new one.");
            }
            try {
                membership.grant(peer, invite.role(), Optional.of(hash), clean(proof.name()), cleaned(proof.addresses()));
            } catch (StoreException e) {
                return refuse("The inviter could not let you in: " + e.getMessage());
            }
            invites.close(invite);
            LOG.info("Node {} from {} joined mesh {} as {}.", peer.shortId(), place, mesh.shortId(), invite.role());
            return new LinkPort.Word(new Answer("").encode(), true);
        }

        private LinkPort.Word refuse(String why) {
            String told = "Node " + peer.shortId() + " from " + place + " asked to join mesh " + mesh.shortId() + " and was refused: "
                    + why;
            if (warned.take(place) && warnedOverall.take(EVERYWHERE)) {
                LOG.warn("{}", told);
            } else {
                LOG.debug("{}", told);
            }
            return new LinkPort.Word(new Answer(why).encode(), true);
        }
    }

    private static String clean(String name) {
        String printable = name.replaceAll("\\p{Cntrl}", "").strip();
        return printable.length() > Handshake.MAX_NAME ? printable.substring(0, Handshake.MAX_NAME) : printable;
    }

    private static List<String> cleaned(List<String> addresses) {
        return addresses.stream().filter(Addresses::isAddress).limit(8).toList();
    }
}
