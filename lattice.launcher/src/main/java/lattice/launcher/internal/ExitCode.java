package lattice.launcher.internal;

/** How the process ends, as scripts and service managers know it. */
enum ExitCode {
    OK(0), FAILED(1), USAGE(2), NOT_RUNNING(3);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
