package lattice.log.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A line of the log with the stack trace below it.
 *
 * @param line what was said
 * @param trace the lines of the trace as they are in the file, indented
 */
record LogEvent(LogLine line, List<String> trace) {
    LogEvent {
        trace = List.copyOf(trace);
    }

    /** Puts lines of a file together again, and hands each event on when the next begins or at the end. */
    static final class Assembler {
        /** A trace longer than this is cut: it repeats itself. */
        private static final int MAX_TRACE = 500;

        private final Consumer<LogEvent> events;
        private final List<String> trace = new ArrayList<>();
        private Optional<LogLine> line = Optional.empty();

        Assembler(Consumer<LogEvent> events) {
            this.events = events;
        }

        void add(String text) {
            Optional<LogLine> next = LogLine.parse(text);
            if (next.isPresent()) {
                end();
                line = next;
            } else if (trace.size() < MAX_TRACE) {
                trace.add(text);
            }
        }

        void end() {
            line.ifPresent(said -> events.accept(new LogEvent(said, trace)));
            line = Optional.empty();
            trace.clear();
        }
    }
}
