package lattice.consent;

/** What this node's configuration holds about one service of one mesh. */
public sealed interface ConsentEntry {
    /** The owner's word; {@code MANUAL}, which is no, if there is none that can be read. */
    ConsentValue value();

    /** The owner has said something. */
    record Given(Consent consent) implements ConsentEntry {
        @Override
        public ConsentValue value() {
            return consent.value();
        }
    }

    /** The owner has said nothing. */
    record Missing() implements ConsentEntry {
        @Override
        public ConsentValue value() {
            return ConsentValue.MANUAL;
        }
    }

    /**
     * Something is there that can't be understood, so it counts as nothing.
     *
     * @param problem what is wrong, in a sentence
     */
    record Unreadable(String problem) implements ConsentEntry {
        @Override
        public ConsentValue value() {
            return ConsentValue.MANUAL;
        }
    }
}
