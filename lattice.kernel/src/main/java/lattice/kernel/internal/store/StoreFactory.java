package lattice.kernel.internal.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lattice.kernel.internal.codec.FormatException;
import lattice.kernel.internal.codec.Hash;
import lattice.kernel.internal.commit.Commit;
import lattice.kernel.internal.commit.CommitCodec;
import lattice.kernel.internal.files.FileLayer;
import lattice.kernel.internal.log.CommitLog;
import lattice.kernel.internal.log.LogRecord;
import lattice.kernel.internal.log.LogRecord.Link;
import lattice.kernel.internal.log.LogRecord.Outcome;
import lattice.kernel.internal.log.LogRecord.Stage;
import lattice.kernel.internal.view.Cell;
import lattice.kernel.internal.view.CellFile;
import lattice.kernel.internal.view.DamagedViewException;

/** Makes the files of stores, which are then opened like any others. */
public final class StoreFactory {
    private StoreFactory() {
    }

    /**
     * Makes the files of a store without any state but that of its founding commit.
     *
     * @param founding the bytes of the commit, of this node, whose hash is the id of the store; null for none
     */
    static void create(EngineSettings settings, byte[] founding) throws IOException {
        FileLayer files = settings.files();
        StoreFiles where = StoreFiles.of(settings.stores(), settings.id());
        StoreFiles unfinished = where.unfinished();
        deleteTree(files, unfinished);
        files.createDirectories(unfinished.directory());
        try (CommitLog log = CommitLog.create(files, unfinished.log(), settings.id(), 1,
                settings.limits().segmentBytes())) {
            if (founding == null) {
                new Epoch(files, unfinished.epoch()).renew();
            } else {
                Commit commit = CommitCodec.decode(founding);
                new Epoch(files, unfinished.epoch()).write(commit.author().epoch());
                Link[] links = commit.transactions().stream().flatMap(transaction -> transaction.writes().stream())
                        .map(write -> new Link(0, Outcome.VISIBLE)).toArray(Link[]::new);
                var out = log.startRecord(1);
                LogRecord.startCommit(out, 1, Stage.EFFECTIVE, links, links.length, null);
                out.raw(founding);
                log.endRecord(1);
                log.append();
                log.sync();
            }
        } catch (FormatException e) {
            throw new IOException("The founding commit of the store can't be read: " + e.getMessage(), e);
        }
        files.rename(unfinished.directory(), where.directory());
        files.syncDirectory(settings.stores());
    }

    private static void deleteTree(FileLayer files, StoreFiles unfinished) throws IOException {
        for (String name : files.list(unfinished.log())) {
            files.delete(unfinished.log().resolve(name));
        }
        files.delete(unfinished.log());
        for (String name : files.list(unfinished.directory())) {
            files.delete(unfinished.directory().resolve(name));
        }
        files.delete(unfinished.directory());
    }

    /**
     * Makes a store of a backup: with a new log, which begins with what the last checkpoint does not cover, and a new epoch.
     *
     * @param stores the directory of all stores
     * @return the digest of its state
     * @throws IOException if a file is damaged, or of another store
     */
    public static byte[] restore(FileLayer files, Path stores, Hash id, Engine.Exported from) throws IOException {
        Path snapshot = from.snapshot();
        StoreFiles where = StoreFiles.of(stores, id);
        Digest digest = new Digest();
        try (CellFile.Reader cells = new CellFile.Reader(files, snapshot)) {
            Snapshots.About about = Snapshots.About.decode(cells.about());
            if (!about.store().equals(id)) {
                throw new IOException(snapshot + " is of store " + about.store() + ", not of " + id + ".");
            }
            files.createDirectories(where.snapshots());
            try (CommitLog log = CommitLog.create(files, where.log(), id,
                    LogTail.firstRevision(from.log()).orElse(about.revision() + 1), CommitLog.SEGMENT_BYTES)) {
                LogTail.append(from.log(), log, about.revision());
                try (CellFile.Writer writer = new CellFile.Writer(files, where.snapshots().resolve(
                        Snapshots.fileName(about.revision(), 0)),
                        new Snapshots.About(id, log.id(), about.revision(), log.end(), about.memory()).encode())) {
                    while (cells.hasNext()) {
                        CellFile.Encoded cell = cells.next();
                        digest.add(cell.key(), Cell.decode(cell.key(), cell.cell()));
                        writer.add(cell.key(), cell.cell());
                    }
                    writer.finish();
                }
            }
            if (Files.exists(from.state())) {
                files.createDirectories(where.checkpoints());
                Checkpoints.restore(files, from.state(), where.checkpoints());
            }
            files.syncDirectory(where.snapshots());
            files.syncDirectory(where.directory());
            return digest.finish();
        } catch (FormatException | DamagedViewException e) {
            throw new IOException(snapshot + " is damaged: " + e.getMessage(), e);
        }
    }
}
