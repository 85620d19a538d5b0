package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.log.Damage;

/**
 * What a store has lost to damage, in a file of text: a first line {@code lattice-lost-1}, then a line for each place. It
 * outlives the damage itself, which is mended, until other nodes have brought back what is missing or the owner of the node
 * has accepted the loss.
 */
final class Losses {
    private static final String FIRST_LINE = "lattice-lost-1";
    private static final int MAX_BYTES = 1024 * 1024;
    private static final int MAX_PLACES = 1000;

    private final FileLayer files;
    private final Path file;
    private final List<String> places = new ArrayList<>();

    Losses(FileLayer files, Path file) throws IOException {
        this.files = files;
        this.file = file;
        Optional<byte[]> bytes = files.readAll(file, MAX_BYTES);
        if (bytes.isPresent()) {
            List<String> lines = new String(bytes.get(), StandardCharsets.UTF_8).lines().toList();
            if (!lines.isEmpty() && lines.get(0).equals(FIRST_LINE)) {
                places.addAll(lines.subList(1, lines.size()));
            } else {
                places.add("a place that is not known any more: " + file + " is damaged");
            }
        }
    }

    /** Writes down what was lost. */
    synchronized void add(List<Damage> damages) throws IOException {
        String today = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        for (Damage damage : damages) {
            String place = damage.file() + " at byte " + damage.offset() + " (" + damage.bytes() + " bytes)";
            if (places.size() < MAX_PLACES && places.stream().noneMatch(known -> known.startsWith(place))) {
                places.add(place + ", found " + today);
            }
        }
        if (!places.isEmpty()) {
            files.writeAll(file, (FIRST_LINE + "\n" + String.join("\n", places) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The places, in words. */
    synchronized List<String> places() {
        return List.copyOf(places);
    }

    /** They are no losses any more. */
    synchronized void clear() throws IOException {
        if (!places.isEmpty()) {
            files.delete(file);
            files.syncDirectory(file.getParent());
            places.clear();
        }
    }
}
