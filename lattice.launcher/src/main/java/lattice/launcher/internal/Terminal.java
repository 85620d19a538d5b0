package lattice.launcher.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where output goes.
 *
 * @param size 0 by 0 if it is no terminal
 * @param color whether it shows colours
 */
record Terminal(Size size, boolean color) {
    static final Terminal NONE = new Terminal(new Size(0, 0), false);

    private static final Size USUAL = new Size(80, 24);

    /** How much a terminal shows. */
    record Size(int columns, int rows) {
    }

    /** The terminal that this process prints to. */
    static Terminal ofStandardOutput(Map<String, String> environment) {
        if (ShellMode.ofStandardInput() != ShellMode.INTERACTIVE) {
            return NONE;
        }
        boolean color = environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Terminal(askSize(), color);
    }

    int columns() {
        return size.columns();
    }

    int rows() {
        return size.rows();
    }

    /** The size of the terminal at standard input, as it is now. */
    static Size askSize() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return USUAL;
            }
            String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim().split(" ");
            return size.length == 2 ? new Size(Math.max(Integer.parseInt(size[1]), 0), Math.max(Integer.parseInt(size[0]), 0))
                    : USUAL;
        } catch (IOException | NumberFormatException e) {
            // No stty, or one that does not know: any size is better than none.
            return USUAL;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL;
        }
    }
}
