package lattice.kernel.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lattice.api.id.NodeId;
import lattice.api.id.StoreId;
import lattice.api.store.Key;
import lattice.api.store.Mutation;
import lattice.api.store.Prefix;
import lattice.api.store.Receipt;
import lattice.api.store.StoreException;
import lattice.api.store.StoreStatus;
import lattice.api.store.Transaction;
import lattice.kernel.internal.backup.BackupFile;
import lattice.kernel.internal.backup.Restore;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.config.Values;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.files.KilledFiles;
import lattice.kernel.internal.files.StallingFiles;
import lattice.kernel.internal.store.Engine;
import lattice.kernel.internal.store.StateMachines;
import lattice.kernel.node.Backup;
import lattice.kernel.node.MetaStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class NodeKernelTest {
    @TempDir
    Path directory;

    private final List<String> opened = new CopyOnWriteArrayList<>();

    private NodeKernel start(Path home) throws IOException {
        return start(home, new DiskFiles());
    }

    private NodeKernel start(Path home, FileLayer files) throws IOException {
        opened.clear();
        return new NodeKernel(home, WallClock.SYSTEM, files, StateMachines.NONE, new NodeKernel.StoreListener() {
            @Override
            public void opened(Engine store) {
                opened.add(store.name());
            }

            @Override
            public void closing(Engine store) {
                opened.remove(store.name());
            }
        });
    }

    private static Transaction put(String path, String text) {
        return Transaction.of(new Mutation.Put(new Key(path), text));
    }

    @Test
    void aNodeFoundsItsMeshOnceAndIsTheSameEverAfter() throws Exception {
        StoreId mesh;
        String node;
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            mesh = kernel.root().id();
            node = kernel.id().hex();
            assertThat(kernel.root().get(new Key("/peers/" + node))).isPresent();
            assertThat(opened).containsExactly("root");
        }
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            assertThat(kernel.root().id()).isEqualTo(mesh);
            assertThat(kernel.id().hex()).isEqualTo(node);
        }
    }

    @Test
    void childStoresComeAndGoWithTheirDeclarations() throws Exception {
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            kernel.root().writeAsNode(put("/stores/chat", "{\"v\":1}"));
            await(() -> kernel.children().containsKey("chat"));
            kernel.children().get("chat").writeAsNode(put("/a", "kept"));
            kernel.root().writeAsNode(put("/stores/broken", "{\"v\":2}"));
            await(() -> kernel.unopened().containsKey("broken"));
            kernel.root().writeAsNode(Transaction.of(new Mutation.Delete(new Key("/stores/chat"))));
            await(() -> kernel.children().isEmpty());
            kernel.root().writeAsNode(put("/stores/chat", "{\"v\":1}"));
            await(() -> kernel.children().containsKey("chat"));
            assertThat(kernel.children().get("chat").get(new Key("/a"))).isPresent();
        }
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            assertThat(kernel.children().get("chat").get(new Key("/a")).orElseThrow().text()).isEqualTo("kept");
            assertThat(opened).containsExactly("root", "chat");
        }
    }

    @Test
    void aMissingRootStoreIsNotQuietlyMadeAnew() throws Exception {
        Path root;
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            root = directory.resolve("home/stores").resolve(kernel.root().id().hex());
        }
        Files.move(root, directory.resolve("elsewhere"));
        assertThatThrownBy(() -> start(directory.resolve("home"))).isInstanceOf(IOException.class)
                .hasMessageContaining("missing");
    }

    /** With the meta store the owner's consents would be gone, and the node would found another mesh. */
    @Test
    void aMissingMetaStoreIsNotQuietlyMadeAnew() throws Exception {
        Path home = directory.resolve("home");
        NodeId id;
        try (NodeKernel kernel = start(home)) {
            id = kernel.id();
        }
        Files.move(home.resolve("stores"), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining("Store meta is missing")
                .hasMessageContaining("made");
        Files.delete(home.resolve("stores"));
        Files.move(directory.resolve("elsewhere"), home.resolve("stores"));
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.id()).isEqualTo(id);
        }
    }

    /** With another key it would be another node, alone in a mesh of its own. */
    @Test
    void aMissingKeyIsNotQuietlyMadeAnew() throws Exception {
        Path home = directory.resolve("home");
        NodeId id;
        try (NodeKernel kernel = start(home)) {
            id = kernel.id();
        }
        Path key = home.resolve("identity.key");
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(key, elsewhere);
        assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining(key + " is missing");
        assertThat(key).doesNotExist();
        Files.move(elsewhere, key);
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.id()).isEqualTo(id);
        }
        // Of what a store is missing for, too, the key is what is asked for first.
        Files.move(key, elsewhere);
        Files.move(home.resolve("stores"), directory.resolve("stores elsewhere"));
        assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining(key + " is missing");
    }

    @Test
    void aMissingChildStoreIsNotQuietlyMadeAnewUnlessTheOwnerSaysSo() throws Exception {
        Path home = directory.resolve("home");
        String id;
        try (NodeKernel kernel = start(home)) {
            kernel.root().writeAsNode(put("/stores/notes", "{\"v\":1}"));
            Peers.awaitThat(() -> kernel.children().containsKey("notes"));
            id = kernel.children().get("notes").id().hex();
            kernel.children().get("notes").writeAsNode(put("/k", "1"));
        }
        Path store = home.resolve("stores").resolve(id);
        Files.move(store, directory.resolve("elsewhere"));
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.children()).isEmpty();
            assertThat(kernel.unopened().get("notes")).contains("missing").contains(id);
            assertThat(BackupFile.write(kernel, directory.resolve("in part.backup")).missing()).singleElement().asString()
                    .contains("notes").contains(id);
            Files.move(directory.resolve("elsewhere"), store);
            Peers.awaitThat(() -> kernel.children().containsKey("notes"));
            assertThat(kernel.children().get("notes").get(new Key("/k"))).isPresent();
        }
        Files.move(store, directory.resolve("lost for good"));
        Files.delete(home.resolve("made").resolve(id));
        try (NodeKernel kernel = start(home)) {
            Peers.awaitThat(() -> kernel.children().containsKey("notes"));
            assertThat(kernel.children().get("notes").get(new Key("/k"))).isEmpty();
        }
    }

    @Test
    void aMissingStoreOfAnotherMeshIsNotQuietlyMadeAnewUnlessTheMeshWasLeft() throws Exception {
        Path home = directory.resolve("home");
        StoreId mesh = new StoreId("ab".repeat(32));
        try (NodeKernel kernel = start(home)) {
            kernel.join(mesh);
            assertThat(new NodeService(kernel).storeStatus()).extracting(StoreStatus::problem).containsOnly(Optional.empty());
        }
        Path store = home.resolve("stores").resolve(mesh.hex());
        Files.move(store, directory.resolve("elsewhere"));
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.joinedRoots()).isEmpty();
            assertThat(new NodeService(kernel).storeStatus()).filteredOn(status -> status.id().equals(mesh)).singleElement()
                    .satisfies(status -> {
                        assertThat(status.writable()).isFalse();
                        assertThat(status.problem().orElseThrow()).contains("missing", mesh.hex(), "made", "backup");
                    });
            assertThat(kernel.missingStores()).singleElement().asString().contains(mesh.shortId());
            assertThatThrownBy(() -> kernel.join(mesh)).isInstanceOf(IOException.class).hasMessageContaining("missing");
            kernel.openUnopened();
            assertThat(new MeshesService(kernel).unopened()).containsOnlyKeys(mesh);
            Files.move(directory.resolve("elsewhere"), store);
            kernel.openUnopened();
            assertThat(kernel.joinedRoots()).as("it is there again").hasSize(1);
            assertThat(new MeshesService(kernel).unopened()).isEmpty();
        }
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.joinedRoots()).hasSize(1);
            assertThat(kernel.missingStores()).isEmpty();
            kernel.forget(mesh);
            Files.move(store, directory.resolve("removed"));
            kernel.join(mesh);
            assertThat(kernel.joinedRoots()).hasSize(1);
        }
    }

    /** Nobody wants to restore a backup of it first. */
    @Test
    void aMeshWhoseStoreCantBeOpenedCanBeLeft() throws Exception {
        Path home = directory.resolve("home");
        StoreId mesh = new StoreId("ab".repeat(32));
        try (NodeKernel kernel = start(home)) {
            kernel.join(mesh);
        }
        Files.move(home.resolve("stores").resolve(mesh.hex()), directory.resolve("elsewhere"));
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.missingStores()).hasSize(1);
            kernel.forget(mesh);
            assertThat(kernel.missingStores()).isEmpty();
        }
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.missingStores()).isEmpty();
            assertThat(kernel.joinedRoots()).isEmpty();
            kernel.join(mesh);
            assertThat(kernel.joinedRoots()).as("for who joins again it begins anew").hasSize(1);
        }
    }

    @Test
    void storesOnADiskThatIsNotMountedAreMissed() throws Exception {
        Path home = directory.resolve("home");
        start(home).close();
        Path disk = directory.resolve("disk");
        Files.move(home.resolve("stores"), disk);
        Files.createSymbolicLink(home.resolve("stores"), disk);
        start(home).close();
        Files.move(disk, directory.resolve("unplugged"));
        assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining(disk.toString())
                .hasMessageContaining("Mount");
        Files.move(directory.resolve("unplugged"), disk);
        start(home).close();
    }

    @Test
    void othersTablesAreNotThisNodesToWrite() throws Exception {
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            kernel.root().writeAsNode(put("/nodes/" + kernel.id() + "/health", "fine"));
            assertThatThrownBy(() -> kernel.root().writeAsNode(put("/nodes/" + "0".repeat(64) + "/health", "forged")))
                    .isInstanceOfSatisfying(StoreException.class,
                            e -> assertThat(e.code()).isEqualTo(StoreException.Code.DENIED));
        }
    }

    @Test
    void aBackupIsRestoredWithConsentsWithdrawnAndNumbersNotReused() throws Exception {
        Path file = directory.resolve("node.backup");
        Receipt written;
        Backup backup;
        String node;
        Hashtable<String, Object> consent = new Hashtable<>();
        consent.put("value", "AlwaysAllow");
        consent.put("mesh", "m");
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            node = kernel.id().hex();
            kernel.root().writeAsNode(put("/stores/chat", "{\"v\":1}"));
            await(() -> kernel.children().containsKey("chat"));
            kernel.children().get("chat").writeAsNode(put("/said", "hello"));
            written = kernel.root().writeAsNode(put("/a", "backed up"));
            kernel.meta().writeAsNode(Transaction.of(
                    new Mutation.Put(new Key("/config/lattice.consent~1"), Values.encode(consent)),
                    new Mutation.Put(new Key(MetaStore.TOKENS + "/1"), "secret"),
                    new Mutation.Put(new Key(MetaStore.INVITES + "/1"), "secret")));
            backup = new MaintenanceService(kernel).backup(file);
            kernel.root().writeAsNode(put("/a", "after the backup"));
            assertThatThrownBy(() -> new MaintenanceService(kernel).backup(file)).isInstanceOf(IOException.class);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(backup.stores()).extracting(Backup.BackedUpStore::name).containsExactly("meta", "root", "chat");
        assertThatThrownBy(() -> Restore.run(file, directory.resolve("home"))).isInstanceOf(IOException.class);
        Path home = Files.createDirectory(directory.resolve("other"));
        Restore.run(file, home);
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.id().hex()).isEqualTo(node);
            assertThat(kernel.root().get(new Key("/a")).orElseThrow().text()).isEqualTo("backed up");
            assertThat(kernel.children().get("chat").get(new Key("/said"))).isPresent();
            assertThat(kernel.meta().scan(MetaStore.TOKENS, null)).isEmpty();
            assertThat(kernel.meta().scan(MetaStore.INVITES, null)).as("open invites").isEmpty();
            assertThat(Values.decode(kernel.meta().get(new Key("/config/lattice.consent~1")).orElseThrow().value())
                    .get("value")).isEqualTo("Manual");
            assertThat(new MaintenanceService(kernel).digest("root", Prefix.ALL).hex())
                    .isEqualTo(backup.stores().get(1).digest().hex());
            Receipt receipt = kernel.root().writeAsNode(put("/b", "new"));
            assertThat(receipt.version().author().epoch()).isNotEqualTo(written.version().author().epoch());
            assertThat(receipt.position().logId()).isNotEqualTo(written.position().logId());
        }
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.root().get(new Key("/b"))).isPresent();
        }
    }

    @Test
    void aBackupWaitsForAStoreThatIsBeingOpened() throws Exception {
        Path home = directory.resolve("home");
        String id;
        try (NodeKernel kernel = start(home)) {
            kernel.root().writeAsNode(put("/stores/notes", "{\"v\":1}"));
            await(() -> kernel.children().containsKey("notes"));
            id = kernel.children().get("notes").id().hex();
            kernel.root().writeAsNode(Transaction.of(new Mutation.Delete(new Key("/stores/notes"))));
        }
        StallingFiles files = new StallingFiles(file -> file.toString().contains(id));
        try (NodeKernel kernel = start(home, files)) {
            files.stall();
            kernel.root().writeAsNode(put("/stores/notes", "{\"v\":1}"));
            assertThat(files.awaitStalled()).isTrue();
            CompletableFuture<Backup> backup = new CompletableFuture<>();
            Thread writing = new Thread(() -> {
                try {
                    backup.complete(BackupFile.write(kernel, directory.resolve("node.backup")));
                } catch (IOException e) {
                    backup.completeExceptionally(e);
                }
            });
            writing.start();
            await(() -> writing.getState() == Thread.State.BLOCKED || backup.isDone());
            files.goOn();
            assertThat(backup.get(60, TimeUnit.SECONDS).stores()).extracting(Backup.BackedUpStore::name)
                    .containsExactly("meta", "root", "notes");
        }
    }

    /** The home is as it was, or the restore is finished by whoever comes next; it is never a home with half of a node. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRestoreThatIsKilledAnywhereIsDoneOrUndone(boolean byAStart) throws Exception {
        Path file = directory.resolve("node.backup");
        NodeId id;
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            id = kernel.id();
            kernel.root().writeAsNode(put("/k", "1"));
            kernel.meta().writeAsNode(put(MetaStore.TOKENS + "/1", "secret"));
            BackupFile.write(kernel, file);
        }
        int undone = 0;
        int done = 0;
        for (int operations = 0; ; operations++) {
            Path home = Files.createDirectories(directory.resolve("restored" + operations).resolve("stores")).getParent();
            KilledFiles files = new KilledFiles(operations);
            try {
                Restore.run(files, file, home);
            } catch (IOException e) {
                assertThat(e).hasMessage("killed");
            }
            if (!byAStart) {
                try {
                    Restore.run(file, home);
                } catch (IOException e) {
                    assertThat(e).as("all was done but to tidy up").hasMessageContaining("already");
                }
                assertThat(home.resolve("identity.key")).exists();
            }
            try (NodeKernel kernel = start(home)) {
                if (kernel.id().equals(id)) {
                    done++;
                    assertThat(kernel.root().get(new Key("/k"))).as("after %s operations", operations).isPresent();
                    assertThat(kernel.meta().scan(MetaStore.TOKENS, null)).as("after %s operations", operations).isEmpty();
                } else {
                    undone++;
                    assertThat(kernel.root().get(new Key("/k"))).isEmpty();
                    assertThat(done).as("what was done after fewer operations is done").isZero();
                }
            }
            assertThat(home.resolve("restore.unfinished")).doesNotExist();
            assertThat(home.resolve("restore.complete")).doesNotExist();
            assertThat(home.resolve(Restore.RESTORED)).as("what is to be voided is").doesNotExist();
            if (!files.isKilled()) {
                break;
            }
        }
        assertThat(done).isGreaterThan(5);
        assertThat(undone).isEqualTo(byAStart ? Math.max(undone, 20) : 0);
    }

    @Test
    void aDamagedBackupIsRefusedAndLeavesNoNode() throws Exception {
        Path file = directory.resolve("node.backup");
        byte[] key;
        try (NodeKernel kernel = start(directory.resolve("home"))) {
            new MaintenanceService(kernel).backup(file);
            key = Files.readAllBytes(directory.resolve("home/identity.key"));
        }
        byte[] bytes = Files.readAllBytes(file);
        int refused = 0;
        for (int at = 40; at < bytes.length; at += Math.max(1, bytes.length / 40)) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 0x10;
            Path home = Files.createDirectory(directory.resolve("restored" + at));
            Path other = directory.resolve("damaged" + at);
            Files.write(other, damaged);
            try {
                Restore.run(other, home);
                assertThat(Files.readAllBytes(home.resolve("identity.key"))).as("byte %s made no difference", at)
                        .isEqualTo(key);
                start(home).close();
            } catch (IOException e) {
                refused++;
                assertThat(home.resolve("identity.key")).doesNotExist();
            }
        }
        assertThat(refused).isGreaterThan(20);
    }

    @Test
    void aCopiedHomeGetsNewEpochs() throws Exception {
        Path home = directory.resolve("home");
        long epoch;
        try (NodeKernel kernel = start(home)) {
            epoch = kernel.root().writeAsNode(put("/a", "1")).version().author().epoch();
        }
        Path copy = directory.resolve("copy");
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(home.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        try (NodeKernel kernel = start(copy)) {
            assertThat(kernel.root().get(new Key("/a"))).isPresent();
            assertThat(kernel.root().writeAsNode(put("/a", "2")).version().author().epoch()).isNotEqualTo(epoch);
        }
        try (NodeKernel kernel = start(home)) {
            assertThat(kernel.root().writeAsNode(put("/a", "3")).version().author().epoch()).isEqualTo(epoch);
        }
    }

    @Test
    void aKeyThatOthersCanReadOrThatIsDamagedIsRefused() throws Exception {
        Path home = directory.resolve("home");
        start(home).close();
        Path key = home.resolve("identity.key");
        assertThat(Files.getPosixFilePermissions(key)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining("chmod 600");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        byte[] bytes = Files.readAllBytes(key);
        for (byte[] damaged : List.of(new byte[0], "garbage\n".getBytes(), changed(bytes, 30), changed(bytes, 85))) {
            Files.write(key, damaged);
            assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining("damaged");
        }
        Files.writeString(key, new String(bytes).replace("lattice-identity-1", "lattice-identity-2"));
        assertThatThrownBy(() -> start(home)).isInstanceOf(IOException.class).hasMessageContaining("newer Lattice");
        Files.write(key, bytes);
        start(home).close();
    }

    @Test
    void whatIsNoBackupIsRefusedWithASentence() throws Exception {
        Path file = Files.writeString(directory.resolve("a.backup"), "This is a letter.");
        Path home = Files.createDirectory(directory.resolve("empty"));
        assertThatThrownBy(() -> Restore.run(file, home)).isInstanceOf(IOException.class).hasMessageContaining(file.toString())
                .hasMessageContaining("no backup of a Lattice node");
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void aBackupOfANewerFormatIsRefusedWithASentence() throws Exception {
        Path file = directory.resolve("newer.backup");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("lattice-backup"));
            zip.write("lattice-backup 3\n".getBytes());
        }
        Path home = Files.createDirectory(directory.resolve("empty"));
        assertThatThrownBy(() -> Restore.run(file, home)).isInstanceOf(IOException.class).hasMessageContaining("newer Lattice");
        assertThat(home).isEmptyDirectory();
    }

    private static byte[] changed(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) (changed[at] == '0' ? '1' : '0');
        return changed;
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(10);
        }
    }
}
