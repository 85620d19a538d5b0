package lattice.bench.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The collector that the script {@code lattice} gives a node, so that one is measured as people run it. */
public final class LauncherScript {
    private static final Pattern NODE_OPTIONS = Pattern.compile("^node_options='([^']*)'$", Pattern.MULTILINE);

    private LauncherScript() {
    }

    /**
     * The options that it gives to a node's Java machine.
     *
     * @throws IOException if the script is not there, or says nothing of options
     */
    public static List<String> nodeOptions(Path script) throws IOException {
        Matcher options = NODE_OPTIONS.matcher(Files.readString(script));
        if (!options.find()) {
            throw new IOException(script.toAbsolutePath() + " has no line node_options='...': give the options with --node-jvm.");
        }
        return List.of(options.group(1).trim().split("\\s+"));
    }
}
