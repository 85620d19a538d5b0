package lattice.shell.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lattice.api.store.Prefix;
import lattice.kernel.node.Backup;
import lattice.kernel.node.Maintenance;
import lattice.kernel.node.StateDigest;
import lattice.kernel.node.Verification;
import lattice.shell.internal.TestShell;
import lattice.shell.internal.output.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MaintenanceCommandsTest {
    @TempDir
    Path home;

    private final List<String> asked = new ArrayList<>();
    private boolean repaired = true;
    private List<String> lost = List.of();
    private List<String> missing = List.of();
    private TestShell shell;

    /** Stores of which the meta store is damaged. */
    private final class DamagedStores implements Maintenance {
        @Override
        public List<String> stores() {
            return List.of("meta", "root");
        }

        @Override
        public Verification verify(String store) {
            asked.add("verify " + store);
            return new Verification(store, Instant.EPOCH, 10, 20, 3000, store.equals("root") ? List.of()
                    : List.of(new Verification.DamagedPlace(home.resolve("1.log"), 512, 40, "A record is damaged.", repaired)));
        }

        @Override
        public Optional<Verification> lastVerification(String store) {
            return Optional.empty();
        }

        @Override
        public List<String> losses(String store) {
            return store.equals("root") ? lost : List.of();
        }

        @Override
        public boolean acceptLoss(String store) {
            asked.add("accept " + store);
            boolean any = !losses(store).isEmpty();
            lost = List.of();
            return any;
        }

        @Override
        public StateDigest digest(String store, Prefix prefix) {
            asked.add("digest " + store + " " + prefix.path());
            return new StateDigest(7, 3, "ab".repeat(32));
        }

        @Override
        public long snapshot(String store) {
            throw new AssertionError("Nobody asks for a snapshot here.");
        }

        @Override
        public Backup backup(Path file) throws IOException {
            asked.add("backup " + file);
            if (missing.isEmpty()) {
                throw new IOException("No space left on device");
            }
            return new Backup(file, 4000, List.of(), missing);
        }
    }

    @BeforeEach
    void open() {
        Maintenance maintenance = new DamagedStores();
        shell = new TestShell(Screen.NONE, new VerifyCommand(maintenance), new DigestCommand(maintenance),
                new BackupCommand(maintenance));
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void digestsAStoreOrAPrefixOfOneOrAPrefixOfTheRootStore() throws Exception {
        assertThat(shell.run("lattice:digest; lattice:digest /notes; lattice:digest meta; lattice:digest meta /config")).isZero();
        assertThat(asked).containsExactly("digest root /", "digest root /notes", "digest meta /", "digest meta /config");
        assertThat(shell.out()).contains("ab".repeat(32)).contains("/notes");
        assertThat(shell.run("lattice:digest nope")).isEqualTo(1);
        assertThat(shell.err()).contains("no store 'nope'").contains("meta, root");
        assertThat(shell.run("lattice:digest /notes /more")).isEqualTo(1);
    }

    @Test
    void verifyNamesEachDamagedPlaceWithFileAndOffsetAndFailsIfOneIsLeft() throws Exception {
        assertThat(shell.run("lattice:verify")).isZero();
        assertThat(shell.out()).contains("1.log at 512, 40 bytes: A record is damaged. It is repaired.").contains("3000");
        repaired = false;
        assertThat(shell.run("lattice:verify meta")).isEqualTo(1);
        assertThat(shell.err()).contains("One place is damaged").contains("docs/storage.md");
    }

    @Test
    void verifySaysWhatWasLostToDamageBeforeUntilThatIsAccepted() throws Exception {
        lost = List.of("2.log at byte 512 (40 bytes), found today");
        assertThat(shell.run("lattice:verify root")).isEqualTo(1);
        assertThat(shell.out()).contains("2.log at byte 512");
        assertThat(shell.err()).contains("in 1 place was lost").contains("--accept-loss");
        assertThat(shell.run("lattice:verify root --accept-loss")).isZero();
        assertThat(shell.out()).contains("Store root goes on without what stood in 1 place.");
        assertThat(shell.run("lattice:verify root --accept-loss")).isZero();
        assertThat(shell.out()).contains("Store root has lost nothing.");
        assertThat(asked).containsExactly("verify root", "accept root", "verify root", "accept root", "verify root");
    }

    @Test
    void aBackupThatCanNotBeWrittenIsSaidWithWhatToDo() throws Exception {
        assertThat(shell.run("lattice:backup " + home.resolve("gone/node.backup"))).isEqualTo(1);
        assertThat(shell.err()).contains("There is no directory").contains("gone");
        assertThat(shell.run("lattice:backup " + home)).isEqualTo(1);
        assertThat(shell.err()).contains("There is a file").contains("already");
        assertThat(asked).isEmpty();
        assertThat(shell.run("lattice:backup " + home.resolve("node.backup"))).isEqualTo(1);
        assertThat(shell.err()).contains("No space left on device");
    }

    @Test
    void aBackupThatLacksAStoreSaysWhichAndWhyAndFails() throws Exception {
        missing = List.of("Child store notes can't be opened: its disk is not mounted.");
        assertThat(shell.run("lattice:backup " + home.resolve("node.backup"))).isEqualTo(1);
        assertThat(shell.out()).contains("notes can't be opened").contains("4000");
        assertThat(shell.err()).contains("does not hold all");
    }
}
