package lattice.bench.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That each store really does what is measured of it, where it is installed. */
@Timeout(120)
final class SubjectsTest {
    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> eachStoreKeepsGivesAndScans() {
        return Subjects.all().stream().map(opening -> DynamicTest.dynamicTest(opening.name(), () -> check(opening)));
    }

    private void check(Subject.Opening opening) throws Exception {
        Path own = folder.resolve(opening.name());
        Files.createDirectory(own);
        try (Subject subject = opening.open(own); Subject.Session session = subject.session()) {
            assertThat(subject.name()).isEqualTo(opening.name());
            byte[] first = Data.value();
            session.put(Data.key(0), Data.value());
            session.put(Data.key(0), first);
            session.put(Data.key(1), Data.value());
            session.put(Data.key(Data.GROUP), Data.value());
            assertThat(session.get(Data.key(0))).isEqualTo(first);
            assertThat(session.get(Data.key(7))).isNull();
            OptionalLong rows = session.scan(Data.group(0));
            if (rows.isPresent()) {
                assertThat(rows).hasValue(2);
                assertThat(session.scan(Data.group(1))).hasValue(1);
                assertThat(session.scan(Data.group(2))).hasValue(0);
            }
        } catch (Subject.UnavailableException e) {
            abort(e.getMessage());
        }
    }
}
