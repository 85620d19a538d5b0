package lattice.testkit.process;

/**
 * How a program ended.
 *
 * @param exitCode as the shell knows it
 * @param out what it printed
 * @param err what it complained about
 */
public record Result(int exitCode, String out, String err) {
}
