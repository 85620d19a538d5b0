package lattice.sim;

/**
 * How bad the network is.
 *
 * @param minDelay least time of a message on its way, in milliseconds
 * @param maxDelay greatest; links are as slow as each other on average, messages of one link stay in order
 * @param loss share of messages that never arrive, 0 to 1
 * @param diskMillis time to make commits durable
 * @param clockSkew how far clocks may be wrong, in milliseconds either way
 */
record Conditions(int minDelay, int maxDelay, double loss, int diskMillis, int clockSkew) {
    static final Conditions GOOD = new Conditions(10, 60, 0, 1, 0);

    /** Milliseconds that a commit takes from one node to the next, with storing it, on average. */
    double meanHop() {
        return (minDelay + maxDelay) / 2.0 + diskMillis;
    }

    Conditions withLoss(double share) {
        return new Conditions(minDelay, maxDelay, share, diskMillis, clockSkew);
    }

    Conditions withClockSkew(int millis) {
        return new Conditions(minDelay, maxDelay, loss, diskMillis, millis);
    }
}
