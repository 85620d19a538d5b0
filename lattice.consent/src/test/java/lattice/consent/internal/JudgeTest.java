package lattice.consent.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lattice.api.id.NodeId;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.consent.AccessRequest;
import lattice.consent.Consent;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentValue;
import lattice.consent.Proposal;
import lattice.consent.ProviderIdentity;
import lattice.consent.ProviderPin;
import lattice.consent.Verdict;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final StoreId MESH = new StoreId("ab".repeat(32));
    private static final ServiceId SERVICE = new ServiceId("test.service");
    private static final ProviderIdentity PROVIDER = new ProviderIdentity("test.bundle", "1.0.0", "lattice:test",
            Set.of());
    private static final AccessRequest ACCESS = new AccessRequest(Set.of("/a"), Set.of("/b"));
    private static final Map<String, String> SENSITIVE = Map.of("/port", "6667");

    /** Everything that the rule depends on, as it may be said and as it may be. */
    record Situation(boolean declared, boolean valid, boolean policyMatches, Optional<ConsentValue> said,
            boolean readable,
            boolean providerHere, boolean pinned, boolean sameProvider, boolean sameAccess, boolean sameSensitive) {
        boolean mayRun() {
            boolean within = providerHere && pinned && sameProvider && sameAccess && sameSensitive;
            boolean yes = readable && (said.equals(Optional.of(ConsentValue.ALWAYS_ALLOW))
                    || said.equals(Optional.of(ConsentValue.FOLLOW_MESH)) && policyMatches);
            return declared && valid && within && yes;
        }

        ConsentEntry entry() {
            if (!readable) {
                return new ConsentEntry.Unreadable("it is damaged.");
            }
            return said.<ConsentEntry>map(value -> new ConsentEntry.Given(new Consent(MESH, SERVICE, value,
                    pinned ? Optional.of(ProviderPin.of(PROVIDER)) : Optional.empty(), ACCESS, SENSITIVE)))
                    .orElseGet(ConsentEntry.Missing::new);
        }

        Proposal proposal() {
            ProviderIdentity provider = sameProvider ? PROVIDER
                    : new ProviderIdentity("test.bundle", "1.0.0", "elsewhere", Set.of());
            Proposal.Offer offer = new Proposal.Offer(provider, "Test", "1", "nobody", "Global",
                    sameAccess ? ACCESS : new AccessRequest(Set.of("/a"), Set.of("/b", "/c")),
                    sameSensitive ? SENSITIVE : Map.of("/port", "25"));
            Proposal.Declared declaration = new Proposal.Declared(new NodeId("cd".repeat(32)), false, "Global",
                    policyMatches, valid ? Optional.empty() : Optional.of("It is wrong."));
            return new Proposal(MESH, SERVICE, declared ? Optional.of(declaration) : Optional.empty(),
                    providerHere ? Optional.of(offer) : Optional.empty());
        }
    }

    @Provide
    Arbitrary<Situation> situations() {
        Arbitrary<Boolean> either = Arbitraries.of(true, false);
        Arbitrary<Optional<ConsentValue>> said = Arbitraries.of(ConsentValue.class).optional();
        return Combinators.combine(Arbitraries.integers().between(0, 255), said, either)
                .as((bits, value, readable) -> new Situation((bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, value,
                readable,
                        (bits & 8) > 0, (bits & 16) > 0, (bits & 32) > 0, (bits & 64) > 0, (bits & 128) > 0));
    }

    /** All 2560 rows of the truth table. */
    @Property(tries = 5000)
    void runsExactlyWhenTheRuleSaysSo(@ForAll("situations") Situation situation) {
        assertThat(Judge.judge(situation.entry(), situation.proposal()) instanceof Verdict.Run)
                .isEqualTo(situation.mayRun());
    }

    @Property
    void alwaysSaysWhyInASentence(@ForAll("situations") Situation situation) {
        assertThat(Judge.judge(situation.entry(), situation.proposal()).reason()).isNotBlank().endsWith(".");
    }

    @Test
    void blockIsARefusalEvenIfTheDeclarationIsWrong() {
        Situation blocked = new Situation(true, false, true, Optional.of(ConsentValue.BLOCK), true, true, true, true,
                true, true);
        assertThat(Judge.judge(blocked.entry(), blocked.proposal())).isInstanceOf(Verdict.Refused.class);
    }

    @Test
    void aSignedProviderStaysTheSameWhereverItIsInstalledFrom() {
        ProviderIdentity signed = new ProviderIdentity("test.bundle", "1.0.0", "here", Set.of("f1"));
        ProviderPin pin = ProviderPin.of(signed);
        assertThat(pin.matches(new ProviderIdentity("test.bundle", "2.0.0", "there", Set.of("f1")))).isTrue();
        assertThat(pin.matches(new ProviderIdentity("test.bundle", "1.0.0", "here", Set.of()))).isFalse();
        assertThat(pin.matches(new ProviderIdentity("other.bundle", "1.0.0", "here", Set.of("f1")))).isFalse();
    }
}
