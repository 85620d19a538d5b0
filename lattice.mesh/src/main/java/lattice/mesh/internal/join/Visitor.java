package lattice.mesh.internal.join;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import lattice.api.id.NodeId;
import lattice.mesh.internal.join.Handshake.Answer;
import lattice.mesh.internal.join.Handshake.Challenge;
import lattice.mesh.internal.join.Handshake.Hello;
import lattice.mesh.internal.join.Handshake.Proof;
import lattice.mesh.internal.link.Conversation;
import lattice.mesh.internal.link.LinkPort;

/** The side of a joining that asks to be let in. */
public final class Visitor {
    private final NodeId self;
    private final LinkPort port;
    private final SecureRandom random = new SecureRandom();

    public Visitor(NodeId self, LinkPort port) {
        this.self = self;
        this.port = port;
    }

    /**
     * Asks the inviter, at one of its addresses after the other.
     *
     * @param addresses how this node can be reached
     * @throws IOException if it was refused, or the inviter can't be reached; the message says what to do
     */
    public void ask(Token token, String name, List<String> addresses) throws IOException, InterruptedException {
        IOException last = new IOException("The invitation holds no address of its inviter: ask for one with --address.");
        for (String address : token.addresses()) {
            Answer answer;
            try (Conversation conversation = port.visit(token.mesh(), token.inviter(), Addresses.host(address),
                    Addresses.port(address))) {
                answer = ask(conversation, token, name, addresses);
            } catch (IOException e) {
                last = new IOException("The inviter can't be asked at " + address + ": " + e.getMessage(), e);
                continue;
            }
            if (!answer.refusal().isEmpty()) {
                throw new IOException(answer.refusal());
            }
            return;
        }
        throw last;
    }

    private Answer ask(Conversation conversation, Token token, String name, List<String> addresses)
            throws IOException, InterruptedException {
        byte[] nonce = new byte[Handshake.NONCE_BYTES];
        random.nextBytes(nonce);
        conversation.open();
        byte[] theirs = conversation.say(new Hello(token.number(), nonce).encode());
        if (!Challenge.isOne(theirs)) {
            return Answer.decode(theirs);
        }
        byte[] mac = Handshake.mac(token.secret(), token.mesh(), token.inviter(), self,
                Challenge.decode(theirs).nonce(), nonce);
        return Answer.decode(conversation.say(new Proof(mac, name, addresses).encode()));
    }
}
