package lattice.bench.subject;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A store under measurement: Lattice's, or a peer's. All are used in the same way: a put has returned when it is durable,
 * keys are ordered, and each thread has a session of its own.
 */
public interface Subject extends AutoCloseable {
    /** What it is called in the table. */
    String name();

    /** What one thread uses. */
    Session session() throws Exception;

    /**
     * Watches all keys under a prefix from now on.
     *
     * @return what ends the watch, or nothing if no watch of this store is measured
     */
    Optional<AutoCloseable> watch(String prefix, Watcher watcher) throws Exception;

    /** One thread's use of the store. */
    interface Session extends AutoCloseable {
        /** Gives a key a value, durably. */
        void put(String key, byte[] value) throws Exception;

        /** The value of a key, or null. */
        byte[] get(String key) throws Exception;

        /** Reads all entries under a prefix, in order, and counts them; nothing if this store has no order. */
        OptionalLong scan(String prefix) throws Exception;

        @Override
        void close() throws Exception;
    }

    /** Gets values as they are put. */
    interface Watcher {
        void put(byte[] value);

        /** Nothing more will come, though the watch was not closed. */
        void ended(String why);
    }

    /** Opens one in a folder: with what is in there, or new. */
    interface Opening {
        /** What it is called in the table. */
        String name();

        /** Whether it lives in this process, and dies with it. */
        boolean isInProcess();

        /**
         * Opens it.
         *
         * @throws UnavailableException if this machine does not have it
         */
        Subject open(Path folder) throws Exception;
    }

    /** Why a peer can't be measured here. */
    final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1L;

        public UnavailableException(String message) {
            super(message);
        }
    }
}
