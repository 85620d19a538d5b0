package lattice.shell.internal.session;

import java.io.InputStream;
import java.io.OutputStream;
import lattice.shell.internal.command.CommandDirectory;
import lattice.shell.internal.command.StandardCommands;
import lattice.shell.internal.output.Screen;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Opens sessions that are all alike, whatever is at their other end. */
@Component(service = Sessions.class)
public final class Sessions {
    private final CommandProcessor processor;

    /**
     * @param commands not used, but there before the first session, with all that offer them
     * @param standardCommands the same
     */
    @Activate
    public Sessions(@Reference CommandProcessor processor, @Reference CommandDirectory commands,
            @Reference StandardCommands standardCommands) {
        this(processor);
    }

    /** @param processor to which whoever calls has added commands */
    public Sessions(CommandProcessor processor) {
        this.processor = processor;
    }

    /** Opens a session; its owner closes it, and what it lends it. */
    public ShellSession open(InputStream in, OutputStream out, OutputStream err, Screen screen) {
        return new ShellSession(processor, in, out, err, screen);
    }
}
