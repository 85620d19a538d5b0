package lattice.launcher.internal;

/** How the process ends, as scripts and service managers know it. */
enum ExitCode {
    OK(0), FAILED(1), USAGE(2), NOT_RUNNING(3),
    /** The owner has to put something right first; to start again would change nothing. EX_CONFIG of sysexits.h. */
    CONFIGURATION(78);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    static ExitCode of(int code) {
        for (ExitCode known : values()) {
            if (known.code == code) {
                return known;
            }
        }
        return FAILED;
    }

    int code() {
        return code;
    }
}
