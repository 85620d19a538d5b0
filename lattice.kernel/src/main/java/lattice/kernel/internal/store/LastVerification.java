package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.node.Verification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the last reading of a store has found, in a file of text that outlives the process: what could not be repaired is as
 * damaged after a restart.
 *
 * <pre>
 * file  := "lattice-verified-1" LF at TAB records TAB values TAB bytes LF place*
 * place := file TAB offset TAB bytes TAB repaired TAB what LF
 * </pre>
 *
 * <p>Times are those of {@link Instant}; a place's file is given from the directory of the store.
 */
final class LastVerification {
    private static final Logger LOG = LoggerFactory.getLogger(LastVerification.class);
    private static final String FIRST_LINE = "lattice-verified-1";
    private static final String SEPARATOR = "\t";
    private static final int MAX_BYTES = 1024 * 1024;
    private static final int MAX_PLACES = 1000;

    private final FileLayer files;
    private final String store;
    private final StoreFiles where;
    private volatile Optional<Verification> last;

    /** @param store its name */
    LastVerification(FileLayer files, String store, StoreFiles where) {
        this.files = files;
        this.store = store;
        this.where = where;
        last = read();
    }

    Optional<Verification> get() {
        return last;
    }

    void set(Verification found) {
        last = Optional.of(found);
        try {
            files.writeAll(where.verified(), encode(found).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.warn("What was found in store {} will be forgotten at a restart: {}", store, e.getMessage());
        }
    }

    private String encode(Verification found) {
        List<String> lines = new ArrayList<>(List.of(FIRST_LINE, line(found.at(), found.records(), found.values(), found.bytes())));
        found.damages().stream().limit(MAX_PLACES).forEach(place -> lines.add(line(where.directory().relativize(place.file()),
                place.offset(), place.bytes(), place.repaired(), place.what())));
        return String.join("\n", lines) + "\n";
    }

    private static String line(Object... fields) {
        List<String> texts = new ArrayList<>();
        for (Object field : fields) {
            texts.add(field.toString().replaceAll("\\s+", " "));
        }
        return String.join(SEPARATOR, texts);
    }

    /** If it can't be read, all there is to lose is what the next reading finds anew. */
    private Optional<Verification> read() {
        try {
            Optional<byte[]> bytes = files.readAll(where.verified(), MAX_BYTES);
            return bytes.isEmpty() ? Optional.empty() : Optional.of(decode(bytes.get()));
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            LOG.info("{} can't be read and is passed over: {}", where.verified(), e.getMessage());
            return Optional.empty();
        }
    }

    private Verification decode(byte[] bytes) {
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        if (lines.size() < 2 || !lines.get(0).equals(FIRST_LINE)) {
            throw new IllegalArgumentException("it is of another form");
        }
        String[] found = fields(lines.get(1), 4);
        return new Verification(store, Instant.parse(found[0]), Long.parseLong(found[1]), Long.parseLong(found[2]),
                Long.parseLong(found[3]), lines.stream().skip(2).map(this::place).toList());
    }

    private Verification.DamagedPlace place(String line) {
        String[] place = fields(line, 5);
        return new Verification.DamagedPlace(where.directory().resolve(place[0]), Long.parseLong(place[1]), Long.parseLong(place[2]),
                place[4], Boolean.parseBoolean(place[3]));
    }

    private static String[] fields(String line, int count) {
        String[] fields = line.split(SEPARATOR);
        if (fields.length != count) {
            throw new IllegalArgumentException("a line has " + fields.length + " fields, not " + count);
        }
        return fields;
    }
}
