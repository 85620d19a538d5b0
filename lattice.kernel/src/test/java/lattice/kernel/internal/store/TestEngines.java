package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import lattice.api.statemachine.StateMachine;
import lattice.kernel.internal.clock.HybridClock;
import lattice.kernel.internal.clock.WallClock;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.files.DiskFiles;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.identity.Identity;
import lattice.kernel.internal.identity.IdentityFile;
import lattice.kernel.internal.log.CommitLog;

/** Opens stores for tests, each in a home of its own. */
public final class TestEngines implements AutoCloseable {
    private final Path home;
    private final Resources resources = new Resources();
    private final Identity identity;
    private FileLayer files = new DiskFiles();
    private WallClock wall = WallClock.SYSTEM;
    private Authority authority = new Authority.Everybody();
    private Map<String, StateMachine> machines = Map.of();
    private long segmentBytes = CommitLog.SEGMENT_BYTES;
    private boolean root = true;
    private long keptLogBytes = EngineSettings.Limits.DEFAULT.keptLogBytes();
    private long snapshotEveryBytes = EngineSettings.Limits.DEFAULT.snapshotEveryBytes();
    private long keptLogMillis = EngineSettings.Limits.DEFAULT.keptLogMillis();
    private long reserveBytes = 1024 * 1024;
    private long commandMillis = 5000;
    private long viewAtOnceBytes;

    public TestEngines(Path home) throws IOException {
        this.home = home;
        Files.createDirectories(home.resolve("stores"));
        identity = new IdentityFile(home.resolve("identity.key")).loadOrCreate();
    }

    public TestEngines files(FileLayer layer) {
        files = layer;
        return this;
    }

    public TestEngines wall(WallClock clock) {
        wall = clock;
        return this;
    }

    public TestEngines authority(Authority whose) {
        authority = whose;
        return this;
    }

    public TestEngines machines(Map<String, StateMachine> known) {
        machines = known;
        return this;
    }

    public TestEngines segmentBytes(long bytes) {
        segmentBytes = bytes;
        return this;
    }

    public TestEngines snapshotEveryBytes(long bytes) {
        snapshotEveryBytes = bytes;
        return this;
    }

    public TestEngines keptLogBytes(long bytes) {
        keptLogBytes = bytes;
        return this;
    }

    public TestEngines keptLogMillis(long millis) {
        keptLogMillis = millis;
        return this;
    }

    public TestEngines reserveBytes(long bytes) {
        reserveBytes = bytes;
        return this;
    }

    public TestEngines viewAtOnceBytes(long bytes) {
        viewAtOnceBytes = bytes;
        return this;
    }

    public TestEngines commandMillis(long millis) {
        commandMillis = millis;
        return this;
    }

    public TestEngines root(boolean isRoot) {
        root = isRoot;
        return this;
    }

    public Identity identity() {
        return identity;
    }

    public EngineSettings settings() {
        return new EngineSettings(Hash.of("a store".getBytes()), "test", root, home.resolve("stores"), authority, identity,
                new HybridClock(wall), files, name -> Optional.ofNullable(machines.get(name)), resources,
                new EngineSettings.Limits(segmentBytes, commandMillis, 5000, 10_000, 60_000, snapshotEveryBytes,
                        keptLogBytes, keptLogMillis, reserveBytes, viewAtOnceBytes));
    }

    /** Opens the store, which is made if it is not there. */
    public Engine open() throws IOException {
        EngineSettings settings = settings();
        return Engine.exists(settings) ? Engine.open(settings) : Engine.create(settings);
    }

    public Path directory() {
        return home.resolve("stores").resolve(settings().id().hex());
    }

    @Override
    public void close() {
        resources.close();
    }
}
