package lattice.bndrun;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lattice.testkit.process.Await;
import lattice.testkit.process.FreePort;
import lattice.testkit.process.Lattice;
import lattice.testkit.process.NodeProcess;
import lattice.testkit.process.Operator.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, each a process of its own, on loopback: what needs no network that can be cut. */
@Timeout(600)
class MeshTest {
    private static final Pattern INVITATION = Pattern.compile("\"invitation\":\"([^\"]+)\"");
    private static final Pattern ENTRY = Pattern.compile("\"key\":\"([^\"]+)\".*?\"time\":\"([^\"]+)\",\"author\":\"([^\"]+)\"");
    private static final Pattern IN_STEP = Pattern.compile("\"behind\":\"no\"");
    /** How long a busy machine may take over what a quiet one does in a second or two. */
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path scratch;

    private final List<Peer> peers = new ArrayList<>();

    private final class Peer {
        private final String name;
        private final Lattice lattice;
        private String store = "root";
        private NodeProcess running;

        Peer(String name) throws Exception {
            this.name = name;
            int port = FreePort.find();
            this.lattice = Lattice.here().withOptions("-Dlattice.mesh.host=127.0.0.1", "-Dlattice.mesh.port=" + port,
                    "-Dlattice.mesh.addresses=127.0.0.1:" + port);
            peers.add(this);
            start();
        }

        void start() throws Exception {
            running = NodeProcess.start(lattice, scratch.resolve(name));
        }

        Answer tryTo(String command) throws Exception {
            return running.exec(command);
        }

        String exec(String command) throws Exception {
            return running.must(command);
        }

        void join(Peer inviter, String role) throws Exception {
            Matcher invitation = INVITATION.matcher(inviter.exec("lattice:invite --json --role " + role));
            assertThat(invitation.find()).isTrue();
            Matcher joined = Pattern.compile("mesh-[0-9a-f]{8}")
                    .matcher(exec("lattice:join " + invitation.group(1) + " --name " + name));
            assertThat(joined.find()).isTrue();
            store = joined.group();
        }

        void put(String key, String value) throws Exception {
            exec("lattice:put --store " + store + " " + key + " " + value);
        }

        /** Keys with the versions that are in force there. */
        TreeSet<String> state() throws Exception {
            TreeSet<String> state = new TreeSet<>();
            Matcher entry = ENTRY.matcher(exec("lattice:list --store " + store + " /k --json").replace("},{", "}\n{"));
            while (entry.find()) {
                state.add(entry.group(1) + " " + entry.group(2) + " " + entry.group(3));
            }
            return state;
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Peer peer : peers) {
            peer.running.close();
        }
    }

    private List<Peer> three() throws Exception {
        Peer ann = new Peer("ann");
        Peer ben = new Peer("ben");
        Peer cleo = new Peer("cleo");
        ben.join(ann, "admin");
        cleo.join(ann, "member");
        return List.of(ann, ben, cleo);
    }

    /** Waits until all are in one state; returns that. */
    private static TreeSet<String> awaitSame(List<Peer> all, String when) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            List<TreeSet<String>> states = new ArrayList<>();
            for (Peer peer : all) {
                states.add(peer.state());
            }
            if (states.stream().distinct().count() == 1) {
                return states.get(0);
            }
            assertThat(System.nanoTime()).as("%s all are in one state, but they are in %s", when, states).isLessThan(end);
        }
    }

    @Test
    void whoIsRevokedIsOutAndItsTokenIsSpent() throws Exception {
        List<Peer> all = three();
        Peer ann = all.get(0);
        Peer ben = all.get(1);
        Peer cleo = all.get(2);
        cleo.put("/k/1", "fine");
        awaitSame(all, "At first");
        Await.that("Ann knows that neither of the others is behind", Duration.ofSeconds(PATIENCE_SECONDS), () -> IN_STEP
                .matcher(ann.exec("lattice:mesh --links --json")).results().count() == 2);

        assertThat(cleo.tryTo("lattice:put --store " + cleo.store + " /services/x/config {}").err())
                .contains("no administrator");
        assertThat(cleo.tryTo("lattice:revoke --mesh " + cleo.store.substring(5) + " ben").err())
                .contains("no administrator");
        assertThat(cleo.tryTo("lattice:role --mesh " + cleo.store.substring(5) + " cleo admin").err())
                .contains("no administrator");
        assertThat(ann.tryTo("lattice:role ben queen").err()).contains("member or admin");
        assertThat(ann.exec("lattice:role ben member")).contains("like others");
        assertThat(ann.exec("lattice:role cleo admin")).contains("may declare");
        Await.that("Cleo may, and Ben may no more", Duration.ofSeconds(PATIENCE_SECONDS), () ->
                cleo.tryTo("lattice:put --store " + cleo.store + " /services/x/config {}").status() == 0
                && ben.tryTo("lattice:put --store " + ben.store + " /services/y/config {}").err().contains("no administrator"));
        ann.exec("lattice:revoke ben");
        // Whether he has heard of it or not: what he writes now goes nowhere.
        ben.tryTo("lattice:put --store " + ben.store + " /k/2 too-late");
        ann.put("/k/3", "private");
        assertThat(awaitSame(List.of(ann, cleo), "Without Ben")).anyMatch(entry -> entry.startsWith("/k/3"))
                .noneMatch(entry -> entry.startsWith("/k/2"));
        assertThat(ben.state()).noneMatch(entry -> entry.startsWith("/k/3"));
        assertThat(ann.exec("lattice:peers --all")).contains("removed");

        Matcher invitation = INVITATION.matcher(ann.exec("lattice:invite --json"));
        assertThat(invitation.find()).isTrue();
        Peer dora = new Peer("dora");
        assertThat(dora.tryTo("lattice:join " + invitation.group(1).replaceAll(".$", "")).err()).contains("damaged");
        dora.exec("lattice:join " + invitation.group(1));
        Peer eve = new Peer("eve");
        assertThat(eve.tryTo("lattice:join " + invitation.group(1)).err()).contains("used before");
        assertThat(Files.readString(scratch.resolve("ann/logs/lattice.log"))).contains("was refused");
    }

    @Test
    void storesAreHeldByWhomTheyAreDeclaredForAndSettledWhenTheFounderSaysSo() throws Exception {
        List<Peer> all = three();
        Peer ann = all.get(0);
        Peer ben = all.get(1);
        Peer cleo = all.get(2);
        Duration patience = Duration.ofSeconds(PATIENCE_SECONDS);
        String mesh = cleo.store.substring(5);
        assertThat(cleo.tryTo("lattice:stores declare diary --mesh " + mesh).err()).contains("no administrator");
        assertThat(ann.tryTo("lattice:stores add diary ben").err()).contains("No child store");
        assertThat(ann.exec("lattice:stores declare diary ben")).contains("diary", "not held here");
        Await.that("Ben holds it", patience, () -> ben.exec("lattice:stores --mesh " + mesh).contains(ben.store + ".diary"));
        ben.exec("lattice:put --store " + ben.store + ".diary /today rain");
        assertThat(cleo.exec("lattice:stores --mesh " + mesh)).contains("diary", "not held here");
        assertThat(cleo.tryTo("lattice:get --store " + cleo.store + ".diary /today").status()).isNotZero();

        assertThat(ann.exec("lattice:stores add diary cleo")).contains("ben", "cleo");
        Await.that("what Ben wrote comes to Cleo", patience,
                () -> cleo.tryTo("lattice:get --store " + cleo.store + ".diary /today").out().contains("rain"));
        ann.exec("lattice:stores remove diary ben");
        Await.that("Ben holds it no more", patience, () -> ben.exec("lattice:stores --mesh " + mesh).contains("not held here"));
        ann.exec("lattice:stores undeclare diary");
        Await.that("nobody does", patience, () -> !cleo.exec("lattice:stores --mesh " + mesh).contains("diary"));

        cleo.put("/k/1", "fine");
        awaitSame(all, "At first");
        assertThat(cleo.tryTo("lattice:checkpoint root --mesh " + mesh).err()).isNotEmpty();
        assertThat(ann.exec("lattice:checkpoint root --grace 0s --json")).contains("\"checkpoint\":1").contains("settled");
        for (Peer each : List.of(ben, cleo)) {
            Await.that("all go by it", patience, () -> each.exec("lattice:checkpoint --json --mesh " + mesh).contains("settled"));
        }
    }

    @Test
    void anInvitationIsGoodForAsLongAsWasSaid() throws Exception {
        Peer ann = new Peer("ann");
        Peer ben = new Peer("ben");
        assertThat(ann.tryTo("lattice:invite --ttl 31d").err()).contains("30 days");
        assertThat(ann.tryTo("lattice:invite --ttl soon").err()).contains("no time such as");
        long given = System.nanoTime();
        Matcher invitation = INVITATION.matcher(ann.exec("lattice:invite --json --ttl 1s"));
        assertThat(invitation.find()).isTrue();
        Await.that("a second has passed", Duration.ofSeconds(PATIENCE_SECONDS),
                () -> System.nanoTime() - given > TimeUnit.MILLISECONDS.toNanos(1500));
        assertThat(ben.tryTo("lattice:join " + invitation.group(1)).err()).contains("That invitation ended at");
        assertThat(ann.exec("lattice:peers")).doesNotContain("member");
    }
}
