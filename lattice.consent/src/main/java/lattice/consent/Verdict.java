package lattice.consent;

/** What follows from a proposal and the owner's word. */
public sealed interface Verdict {
    /** Why, in a sentence. */
    String reason();

    /** It may run, with what the owner was shown. */
    record Run(Consent consent) implements Verdict {
        @Override
        public String reason() {
            return "The owner of this node consented: " + consent.value() + ".";
        }
    }

    /** Nothing is declared. */
    record NotDeclared(String reason) implements Verdict {
    }

    /** It is meant for other nodes. */
    record NotMeant(String reason) implements Verdict {
    }

    /** What is declared is wrong. */
    record Invalid(String reason) implements Verdict {
    }

    /** No provider is here to run it. */
    record NoProvider(String reason) implements Verdict {
    }

    /** The owner has to decide. */
    record Awaiting(String reason) implements Verdict {
    }

    /** The owner said no. */
    record Refused(String reason) implements Verdict {
    }
}
