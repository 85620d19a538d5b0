package lattice.consent.internal;

import java.util.Map;
import java.util.TreeMap;
import lattice.consent.Consent;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentValue;
import lattice.consent.Proposal;
import lattice.consent.Proposal.Declared;
import lattice.consent.Proposal.Offer;
import lattice.consent.ProviderPin;
import lattice.consent.Verdict;

/**
 * The rule: a service runs if it is declared, valid and within what was shown to the owner, and the owner said
 * AlwaysAllow, or FollowMesh and its policy means this node. A pure function; whatever it does not name is a no.
 */
final class Judge {
    private Judge() {
    }

    static Verdict judge(ConsentEntry entry, Proposal proposal) {
        if (proposal.declaration().isEmpty()) {
            return new Verdict.NotDeclared("Nothing is declared.");
        }
        Declared declared = proposal.declaration().get();
        ConsentValue value = entry.value();
        if (value == ConsentValue.BLOCK) {
            return new Verdict.Refused("The owner of this node said Block.");
        }
        if (value != ConsentValue.ALWAYS_ALLOW && !declared.meantForThisNode()) {
            return new Verdict.NotMeant("It is meant for other nodes: " + declared.policy() + ".");
        }
        if (declared.problem().isPresent()) {
            return new Verdict.Invalid(declared.problem().get());
        }
        if (value != ConsentValue.ALWAYS_ALLOW && value != ConsentValue.FOLLOW_MESH) {
            return new Verdict.Awaiting(whyNotYet(entry, proposal));
        }
        if (proposal.offer().isEmpty()) {
            return new Verdict.NoProvider("No provider of " + proposal.service()
                    + " is here; deploy a bundle that has it, or put its descriptor into daemons/.");
        }
        return entry instanceof ConsentEntry.Given given
                ? withinWhatWasShown(given.consent(), proposal.offer().get())
                : new Verdict.Awaiting("The owner of this node has not consented.");
    }

    private static String whyNotYet(ConsentEntry entry, Proposal proposal) {
        if (entry instanceof ConsentEntry.Unreadable unreadable) {
            return "The consent entry can't be read, so it counts as no: " + unreadable.problem()
                    + " Consent again to replace it.";
        }
        String missing = proposal.offer().isPresent() ? "" : " No provider of it is here either.";
        return "The owner of this node has not consented." + missing;
    }

    private static Verdict withinWhatWasShown(Consent consent, Offer offer) {
        if (consent.provider().isEmpty()) {
            return new Verdict.Awaiting("The consent names no provider; consent again now that "
                    + offer.provider().symbolicName() + " is here.");
        }
        ProviderPin pin = consent.provider().get();
        if (!pin.matches(offer.provider())) {
            return new Verdict.Awaiting("Consent was given to " + pin + ", and now " + offer.provider() + " from "
                    + offer.provider().location() + " offers it; consent again if that is right.");
        }
        if (!consent.access().covers(offer.access())) {
            return new Verdict.Awaiting("It asks for more than it did at consent: it " + offer.access()
                    + "; consent again if that is right.");
        }
        for (Map.Entry<String, String> field : new TreeMap<>(offer.sensitive()).entrySet()) {
            String shown = consent.sensitive().get(field.getKey());
            if (!field.getValue().equals(shown)) {
                return new Verdict.Awaiting("The config has " + field.getKey() + " = " + inWords(field.getValue())
                        + ", and at consent " + (shown == null ? "that field was not shown" : "it was "
                        + inWords(shown)) + "; consent again if that is right.");
            }
        }
        return new Verdict.Run(consent);
    }

    /** A sensitive field that is null is one that is not there. */
    static String inWords(String value) {
        return value.equals("null") ? "absent" : value;
    }
}
