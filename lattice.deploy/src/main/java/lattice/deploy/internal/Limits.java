package lattice.deploy.internal;

/**
 * How long things may take, in milliseconds.
 *
 * @param quiet a file that was not written for so long is complete, if it can be read as a jar
 * @param broken a file that was not written for so long and can't be read is broken
 * @param start how long the start or stop of a bundle holds up others
 * @param refresh how long a refresh may take
 * @param rescan how often the directory is looked at if nobody says that it changed
 */
record Limits(long quiet, long broken, long start, long refresh, long rescan) {
    static final Limits USUAL = new Limits(300, 2_000, 5_000, 10_000, 2_000);
}
