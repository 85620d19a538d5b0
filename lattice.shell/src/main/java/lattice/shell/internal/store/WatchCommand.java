package lattice.shell.internal.store;

import static lattice.shell.internal.store.Stores.PREFIX;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import lattice.api.id.ServiceId;
import lattice.api.store.Change;
import lattice.api.store.Changes;
import lattice.api.store.LogPosition;
import lattice.api.store.Prefix;
import lattice.api.store.Store;
import lattice.api.store.Watch;
import lattice.api.store.WatchEnd;
import lattice.api.store.WatchListener;
import lattice.api.store.WatchStart;
import lattice.kernel.node.Node;
import lattice.shell.Arguments;
import lattice.shell.Command;
import lattice.shell.CommandException;
import lattice.shell.Details;
import lattice.shell.Output;
import lattice.shell.Syntax;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Follows the changes under a prefix. */
@Component(property = Command.NAME + "=watch")
public final class WatchCommand implements Command {
    private static final String FROM = "--from";
    private static final String COUNT = "--count";
    private static final Syntax SYNTAX = new Syntax("watch", "Follow the changes under a prefix until Ctrl-C.",
            List.of(new Syntax.Parameter(PREFIX, "such as /notes; without it, everything", Syntax.Arity.OPTIONAL)),
            List.of(Syntax.Option.of(FROM, "revision", "begin with what came after this revision, not with now"),
                    Syntax.Option.of(COUNT, "number", "end after so many changes"), Stores.OPTION),
            true, List.of("lattice:watch /notes", "lattice:watch / --from 0 --count 10 --json"));

    private final Node node;

    @Activate
    public WatchCommand(@Reference Node node) {
        this.node = node;
    }

    @Override
    public Syntax syntax() {
        return SYNTAX;
    }

    @Override
    public void run(Arguments arguments, Output output) throws Exception {
        Store store = Stores.asked(node, arguments);
        Prefix prefix = arguments.optional(PREFIX).map(Prefix::new).orElse(Prefix.ALL);
        int left = arguments.number(COUNT, Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
        WatchStart start = new WatchStart.Now();
        if (arguments.option(FROM).isPresent()) {
            start = new WatchStart.After(new LogPosition(store.position().logId(), revision(arguments.option(FROM).get())));
        }
        while (left > 0) {
            Followed followed = follow(store, prefix, start, left, output);
            left = followed.left();
            start = followed.resume();
        }
    }

    @Override
    public List<String> candidates(String place, Arguments arguments) {
        return Stores.candidates(node, place, arguments);
    }

    private static long revision(String text) throws CommandException {
        try {
            long revision = Long.parseLong(text);
            if (revision >= 0) {
                return revision;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new CommandException(FROM + " is a revision, a whole number from 0, not '" + text + "'.");
    }

    /** How far a watch came before it ended for being slow. */
    private record Followed(int left, WatchStart resume) {
    }

    private static Followed follow(Store store, Prefix prefix, WatchStart start, int count, Output output) throws Exception {
        int left = count;
        Received received = new Received();
        Watch watch = store.watch(prefix, start, received);
        try {
            while (left > 0) {
                Object next = received.next();
                if (next instanceof Changes changes) {
                    for (Change change : changes.changes()) {
                        if (left > 0) {
                            show(change, changes.position().revision(), output);
                            left--;
                        }
                    }
                } else if (next instanceof WatchEnd.TooSlow slow) {
                    return new Followed(left, new WatchStart.After(slow.resume()));
                } else if (next instanceof WatchEnd.Failed failed) {
                    throw new CommandException(failed.cause().getMessage(), failed.cause());
                } else if (next instanceof WatchEnd.Closed) {
                    throw new CommandException("The watch was closed by the store.");
                }
            }
        } finally {
            received.close();
            watch.close();
        }
        return new Followed(left, start);
    }

    private static void show(Change change, long revision, Output output) {
        String by = " (" + change.version().author().node().shortId()
                + change.service().map(service -> ", " + service).orElse("") + ")";
        List<Object> fields = new ArrayList<>(List.of("revision", revision, "key", change.key().path()));
        if (change instanceof Change.Updated updated) {
            fields.addAll(List.of("change", "put"));
            fields.addAll(Shown.fields(updated.entry().value()));
            output.event(revision + "  " + change.key() + " = " + Shown.excerpt(updated.entry().value()) + by,
                    Shown.with(fields, change.version(), change.service()));
        } else {
            fields.addAll(List.of("change", "delete"));
            output.event(revision + "  " + change.key() + " is gone" + by,
                    Shown.with(fields, change.version(), change.service()));
        }
    }

    /** Hands changes from the store's thread to the command's; while the command is slow the store's thread waits. */
    private static final class Received implements WatchListener {
        private static final int WAITING = 64;
        private static final long PATIENCE_MILLIS = 100;

        /** {@link Changes} and at last a {@link WatchEnd}. */
        private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(WAITING);
        private volatile boolean closed;

        @Override
        public void changed(Changes changes) {
            hand(changes);
        }

        @Override
        public void ended(WatchEnd end) {
            hand(end);
        }

        Object next() throws InterruptedException {
            return queue.take();
        }

        /** From here on the store's thread waits no more; before the watch is closed, which waits for that thread. */
        void close() {
            closed = true;
        }

        private void hand(Object item) {
            try {
                boolean handed = false;
                while (!handed && !closed) {
                    handed = queue.offer(item, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
