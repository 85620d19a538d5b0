package lattice.api.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One change that a transaction asks for. */
public sealed interface Mutation {
    /** The longest value, in bytes. */
    int MAX_VALUE_BYTES = 1024 * 1024;

    /** What is changed. */
    Key key();

    /**
     * Gives a key a value.
     *
     * @param key what is changed
     * @param value 0 to {@value Mutation#MAX_VALUE_BYTES} bytes, not to be modified afterwards
     */
    record Put(Key key, byte[] value) implements Mutation {
        /** @throws StoreException with {@link StoreException.Code#TOO_LARGE} if the value is longer than allowed */
        public Put {
            if (value.length > MAX_VALUE_BYTES) {
                throw new StoreException(StoreException.Code.TOO_LARGE, "The value of " + key + " has " + value.length
                        + " bytes; the most is " + MAX_VALUE_BYTES + ". Store it in parts, or elsewhere.");
            }
        }

        /** A value of text, as UTF-8. */
        public Put(Key key, String text) {
            this(key, text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Put that && key.equals(that.key) && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * key.hashCode() + Arrays.hashCode(value);
        }
    }

    /**
     * Takes a key away. To delete what is not there is no error.
     *
     * @param key what is changed
     */
    record Delete(Key key) implements Mutation {
    }
}
