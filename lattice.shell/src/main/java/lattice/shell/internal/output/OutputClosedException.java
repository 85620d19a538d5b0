package lattice.shell.internal.output;

/** Nobody reads the output any more, such as when the command behind the pipe has seen enough. */
public final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutputClosedException() {
        super("The output was closed.");
    }
}
