package lattice.shell.internal.console;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import lattice.shell.internal.session.ShellSession;
import org.apache.felix.gogo.runtime.EOFError;
import org.apache.felix.gogo.runtime.Parser;
import org.apache.felix.gogo.runtime.SyntaxError;

/** Reads programs from a pipe, a line each; a line that ends within quotes or brackets goes on in the next. */
final class PipeShell {
    private final ShellSession session;
    private final BooleanSupplier stopped;

    /** @param stopped whether the node was asked to stop, and no more is to be read */
    PipeShell(ShellSession session, BooleanSupplier stopped) {
        this.session = session;
        this.stopped = stopped;
    }

    /** Runs all there is to read. One that fails does not keep the next from running; the result says whether one did. */
    int run(InputStream in) throws IOException, InterruptedException {
        int code = 0;
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        StringBuilder program = new StringBuilder();
        for (String line = lines.readLine(); line != null && !stopped.getAsBoolean(); line = lines.readLine()) {
            program.append(line);
            if (isUnfinished(program)) {
                program.append('\n');
                continue;
            }
            code |= session.run(program.toString());
            program.setLength(0);
        }
        if (program.length() > 0 && !stopped.getAsBoolean()) {
            code |= session.run(program.toString());
        }
        return code;
    }

    private static boolean isUnfinished(CharSequence program) {
        try {
            new Parser(program).program();
            return false;
        } catch (EOFError e) {
            return true;
        } catch (SyntaxError e) {
            return false;
        }
    }
}
