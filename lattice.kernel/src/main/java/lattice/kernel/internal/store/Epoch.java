package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.kernel.internal.files.FileLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The epoch in which this node now writes to a store, in a file of one line: {@code lattice-epoch-1 EPOCH}, 16 hexadecimal
 * digits. A new one is taken, and on disk, before anything of the log is given up: what was given up may have reached other
 * nodes, and its numbers must not be used again.
 */
final class Epoch {
    private static final Logger LOG = LoggerFactory.getLogger(Epoch.class);
    private static final Pattern FORM = Pattern.compile("lattice-epoch-1 ([0-9a-f]{16})\n");
    private static final int MAX_BYTES = 100;

    private final FileLayer files;
    private final Path file;

    Epoch(FileLayer files, Path file) {
        this.files = files;
        this.file = file;
    }

    /** The epoch; empty if the file is missing or damaged. */
    Optional<Long> read() {
        Optional<byte[]> bytes;
        try {
            bytes = files.readAll(file, MAX_BYTES);
        } catch (IOException e) {
            LOG.warn("{} can't be read, so a new epoch is taken: {}", file, e.getMessage());
            return Optional.empty();
        }
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(new String(bytes.get(), StandardCharsets.ISO_8859_1));
        if (!form.matches()) {
            LOG.warn("{} is damaged or of a format that this version doesn't know, so a new epoch is taken.", file);
            return Optional.empty();
        }
        return Optional.of(HexFormat.fromHexDigitsToLong(form.group(1)));
    }

    /** Takes a new epoch. */
    long renew() throws IOException {
        long epoch = new SecureRandom().nextLong();
        write(epoch);
        return epoch;
    }

    void write(long epoch) throws IOException {
        files.writeAll(file, ("lattice-epoch-1 " + HexFormat.of().toHexDigits(epoch) + "\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    }
}
