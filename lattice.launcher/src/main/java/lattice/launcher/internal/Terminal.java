package lattice.launcher.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where output goes.
 *
 * @param columns its width, 0 if it is no terminal
 * @param color whether it shows colours
 */
record Terminal(int columns, boolean color) {
    private static final Terminal NONE = new Terminal(0, false);
    private static final int USUAL_COLUMNS = 80;

    /** The terminal that this process prints to. */
    static Terminal ofStandardOutput(Map<String, String> environment) {
        if (ShellMode.ofStandardInput() != ShellMode.INTERACTIVE) {
            return NONE;
        }
        boolean color = environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Terminal(askColumns(), color);
    }

    private static int askColumns() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return USUAL_COLUMNS;
            }
            String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim().split(" ");
            return size.length == 2 ? Math.max(Integer.parseInt(size[1]), 0) : USUAL_COLUMNS;
        } catch (IOException | NumberFormatException e) {
            // No stty, or one that does not know: any width is better than none.
            return USUAL_COLUMNS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL_COLUMNS;
        }
    }
}
