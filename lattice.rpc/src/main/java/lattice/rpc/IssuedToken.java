package lattice.rpc;

/**
 * A token that was just made. The secret is shown this once.
 *
 * @param info what it is
 * @param secret what a client sends; it holds 256 random bits
 */
public record IssuedToken(TokenInfo info, String secret) {
    /** Without the secret, so that no log gets it. */
    @Override
    public String toString() {
        return "token " + info.id() + " of " + info.service();
    }
}
