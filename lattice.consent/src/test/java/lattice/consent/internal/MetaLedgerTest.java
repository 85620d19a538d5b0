package lattice.consent.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.api.store.Key;
import lattice.api.store.Prefix;
import lattice.consent.AccessRequest;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentValue;
import lattice.consent.Decision;
import lattice.consent.DecisionLedger;
import lattice.consent.Proposal;
import lattice.consent.ProviderIdentity;
import lattice.consent.Verdict;
import lattice.testkit.InMemoryStore;
import org.junit.jupiter.api.Test;

class MetaLedgerTest {
    private static final StoreId MESH = new StoreId("ab".repeat(32));
    private static final ServiceId SERVICE = new ServiceId("test.service");
    private static final Subject SUBJECT = new Subject(MESH, SERVICE);
    private static final NodeId AUTHOR = new NodeId("cd".repeat(32));
    private static final Proposal PROPOSAL = new Proposal(MESH, SERVICE,
            Optional.of(new Proposal.Declared(AUTHOR, false, "Global", true, Optional.empty())),
            Optional.of(new Proposal.Offer(new ProviderIdentity("b", "1", "l", Set.of()), "T", "1", "P", "Global",
                    AccessRequest.NONE, Map.of("/port", "6667"))));

    private final InMemoryStore store = new InMemoryStore();
    private final SettableClock clock = new SettableClock();
    private final MetaLedger ledger = new MetaLedger(new Meta(store), clock);

    @Test
    void keepsWhoProposedAndWhoDecidedAndWhy() {
        ledger.noteDecision(SUBJECT, ConsentValue.FOLLOW_MESH, PROPOSAL, "ada");
        Decision decision = ledger.decisions(MESH, SERVICE).get(0);
        assertThat(decision).isEqualTo(new Decision(1, MESH, SERVICE, "FollowMesh", Optional.of(AUTHOR), "ada",
                clock.instant(), decision.why()));
        assertThat(decision.why()).contains("b 1").contains("/port=6667");
    }

    @Test
    void keepsTheLastOnesOnly() {
        for (int i = 0; i < 100; i++) {
            ledger.noteDecision(SUBJECT, i % 2 == 0 ? ConsentValue.BLOCK : ConsentValue.MANUAL, PROPOSAL, "ada " + i);
        }
        assertThat(ledger.decisions(MESH, SERVICE)).hasSize(DecisionLedger.KEPT)
                .first().extracting(Decision::number).isEqualTo(100L);
        assertThat(store.scan(Prefix.ALL)).hasSize(DecisionLedger.KEPT);
    }

    @Test
    void holdsNothingForServicesThatTheOwnerNeverSpokeAbout() {
        for (int i = 0; i < 50; i++) {
            clock.now = clock.now.plusSeconds(60);
            Proposal stranger = new Proposal(MESH, new ServiceId("stranger-" + i), PROPOSAL.declaration(),
                    PROPOSAL.offer());
            ledger.note(stranger, new Verdict.Awaiting("No " + i + "."));
        }
        assertThat(store.scan(Prefix.ALL)).isEmpty();
    }

    @Test
    void notesAVerdictOnceAndNotTooOften() {
        ledger.noteDecision(SUBJECT, ConsentValue.FOLLOW_MESH, PROPOSAL, "ada");
        for (int i = 0; i < 1000; i++) {
            clock.now = clock.now.plusMillis(10);
            ledger.note(PROPOSAL, new Verdict.Awaiting("Port " + i % 2 + "."));
        }
        assertThat(ledger.decisions(MESH, SERVICE).size()).isBetween(2, 4);
        assertThat(ledger.decisions(MESH, SERVICE).get(0).decider()).isEqualTo(MetaLedger.FIREWALL);
    }

    @Test
    void noticesThatAnEntryWasChangedByOtherMeans() {
        ledger.noteDecision(SUBJECT, ConsentValue.BLOCK, PROPOSAL, "ada");
        ledger.noteEntry(SUBJECT, new ConsentEntry.Missing());
        assertThat(ledger.decisions(MESH, SERVICE).get(0).decider()).isEqualTo(MetaLedger.CONFIGURATION);
        assertThat(ledger.decisions(MESH, SERVICE).get(0).what()).isEqualTo("Manual");
    }

    @Test
    void leavesOutWhatItCannotRead() {
        ledger.noteDecision(SUBJECT, ConsentValue.BLOCK, PROPOSAL, "ada");
        store.put(new Key("/consent/decisions/" + MESH + "/" + SERVICE + "/7"), "{\"v\":1,\"when\":");
        store.put(new Key("/consent/decisions/" + MESH + "/" + SERVICE + "/8"), "{\"v\":1,\"when\":\"never\"}");
        assertThat(ledger.decisions(MESH, SERVICE)).hasSize(1);
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
