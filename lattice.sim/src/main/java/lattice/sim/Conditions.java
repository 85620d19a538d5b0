package lattice.sim;

/**
 * How bad the network is. A link promises what TCP does: all that is sent arrives, in order, or the link ends. So what is
 * lost on the way is sent again, and holds up what comes after it.
 *
 * @param minDelay least time of a packet on its way, in milliseconds
 * @param maxDelay greatest; links are as slow as each other on average, messages of one link stay in order
 * @param loss share of packets that are lost and sent again, 0 to 1
 * @param vanishing share of messages that never arrive on a link that stays up, 0 to 1: worse than any link is allowed to
 *        be, to try the repair of what was missed
 * @param diskMillis time to make commits durable
 * @param clockSkew how far clocks may be wrong, in milliseconds either way
 */
record Conditions(int minDelay, int maxDelay, double loss, double vanishing, int diskMillis, int clockSkew) {
    static final Conditions GOOD = new Conditions(10, 60, 0, 0, 1, 0);

    Conditions withLoss(double share) {
        return new Conditions(minDelay, maxDelay, share, vanishing, diskMillis, clockSkew);
    }

    Conditions withVanishing(double share) {
        return new Conditions(minDelay, maxDelay, loss, share, diskMillis, clockSkew);
    }

    Conditions withClockSkew(int millis) {
        return new Conditions(minDelay, maxDelay, loss, vanishing, diskMillis, millis);
    }
}
