package lattice.bench.protocol;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A store in a process of its own, as a client on the same machine sees it: any number of calls under way at once. */
interface Peer extends AutoCloseable {
    /** What it is called in the table. */
    String name();

    /** Of the process that is asked. */
    long pid();

    /** Completes when the value is on disk. */
    CompletionStage<?> put(String key, byte[] value);

    /** Completes when the answer has come. */
    CompletionStage<?> get(String key);

    /**
     * Gives each value that is put under a prefix from now on to a consumer, on a thread of the network.
     *
     * @return what ends the watch, or nothing if it has no watch that is worth measuring
     */
    Optional<AutoCloseable> watch(String prefix, Consumer<byte[]> values) throws Exception;
}
