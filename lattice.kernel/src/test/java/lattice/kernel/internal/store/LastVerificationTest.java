package lattice.kernel.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.node.Verification;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LastVerificationTest {
    @TempDir
    Path directory;

    private LastVerification open() {
        return new LastVerification(new DiskFiles(), "root", new StoreFiles(directory));
    }

    @Test
    void outlivesTheProcess() {
        assertThat(open().get()).isEmpty();
        Verification found = new Verification("root", Instant.parse("2026-05-04T03:02:01.5Z"), 1, 2, 3, List.of(
                new Verification.DamagedPlace(directory.resolve("log/0.log"), 4, 5, "A sentence.", true),
                new Verification.DamagedPlace(directory.resolve("snapshots/a b.snap"), 0, 0, "Another one.", false)));
        open().set(found);
        assertThat(open().get()).contains(found);
    }

    @Test
    void whatIsSaidOfAPlaceStaysALine() {
        open().set(new Verification("root", Instant.EPOCH, 0, 0, 0, List.of(
                new Verification.DamagedPlace(directory.resolve("log/0.log"), 4, 5, "On\ttwo\nlines.", false))));
        assertThat(open().get().orElseThrow().damages()).singleElement().extracting(Verification.DamagedPlace::what)
                .isEqualTo("On two lines.");
    }

    @Test
    void ofVeryManyPlacesTheFirstAreKept() {
        open().set(new Verification("root", Instant.EPOCH, 0, 0, 0, IntStream.range(0, 5000).mapToObj(at ->
                new Verification.DamagedPlace(directory.resolve("log/0.log"), at, 1, "A sentence.", false)).toList()));
        assertThat(open().get().orElseThrow().damages()).hasSizeBetween(1000, 5000)
                .first().extracting(Verification.DamagedPlace::offset).isEqualTo(0L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lattice-verified-2\nx\n", "lattice-verified-1\n", "lattice-verified-1\nnever\t1\t2\t3\n",
            "lattice-verified-1\n2026-05-04T03:02:01Z\t1\tx\t3\n", "lattice-verified-1\n2026-05-04T03:02:01Z\t1\t2\t3\nlog\t1\n",
            "lattice-verified-1\n2026-05-04T03:02:01Z\t1\t2\t3\n\0\t1\t2\tfalse\tx\n"})
    void whatCantBeReadIsPassedOverAndWrittenAnew(String text) throws IOException {
        Files.write(directory.resolve("verified"), text.getBytes(StandardCharsets.UTF_8));
        LastVerification last = open();
        assertThat(last.get()).isEmpty();
        Verification found = new Verification("root", Instant.EPOCH, 1, 2, 3, List.of());
        last.set(found);
        assertThat(open().get()).contains(found);
    }
}
