package lattice.consent.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.consent.AccessRequest;
import lattice.consent.Consent;
import lattice.consent.ConsentValue;
import lattice.consent.ProviderPin;
import org.osgi.framework.Constants;

/**
 * A consent as a factory configuration of PID {@value #PID}. Properties: {@code v} = 1, {@code mesh} and {@code
 * service}, {@code value} (AlwaysAllow, FollowMesh, Block, Manual), {@code provider.symbolicname} with {@code
 * provider.location} or {@code provider.signer}, {@code access.read} and {@code access.write} (lists of prefixes),
 * {@code sensitive} (a list of JSON Pointers and JSON values in turn). {@code limits} is reserved and must be empty: a
 * limit that this version can't keep must not be taken for one that is kept. Anything else makes the entry unreadable.
 */
final class ConsentFormat {
    /** The factory PID. */
    static final String PID = "lattice.consent";

    static final String MESH = "mesh";
    static final String SERVICE = "service";

    private static final int FORMAT = 1;
    private static final String VERSION = "v";
    private static final String VALUE = "value";
    private static final String SYMBOLIC_NAME = "provider.symbolicname";
    private static final String LOCATION = "provider.location";
    private static final String SIGNER = "provider.signer";
    private static final String READ = "access.read";
    private static final String WRITE = "access.write";
    private static final String SENSITIVE = "sensitive";
    private static final String LIMITS = "limits";

    private static final Set<String> KNOWN = Set.of(VERSION, MESH, SERVICE, VALUE, SYMBOLIC_NAME, LOCATION, SIGNER,
            READ, WRITE, SENSITIVE, LIMITS, Constants.SERVICE_PID, "service.factoryPid", "service.bundleLocation");

    private ConsentFormat() {
    }

    /** Why an entry can't be read. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreadableException(String message) {
            super(message);
        }
    }

    static Dictionary<String, Object> write(Consent consent) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(VERSION, FORMAT);
        properties.put(MESH, consent.mesh().hex());
        properties.put(SERVICE, consent.service().name());
        properties.put(VALUE, consent.value().word());
        consent.provider().ifPresent(pin -> {
            properties.put(SYMBOLIC_NAME, pin.symbolicName());
            if (pin instanceof ProviderPin.InstalledFrom from) {
                properties.put(LOCATION, from.location());
            } else if (pin instanceof ProviderPin.SignedBy signed) {
                properties.put(SIGNER, signed.signer());
            }
        });
        properties.put(READ, consent.access().read().stream().sorted().toArray(String[]::new));
        properties.put(WRITE, consent.access().write().stream().sorted().toArray(String[]::new));
        List<String> sensitive = new ArrayList<>();
        new TreeMap<>(consent.sensitive()).forEach((pointer, value) -> sensitive.addAll(List.of(pointer, value)));
        properties.put(SENSITIVE, sensitive.toArray(String[]::new));
        return properties;
    }

    static Consent read(Dictionary<String, Object> properties) throws UnreadableException {
        for (String name : Collections.list(properties.keys())) {
            if (!KNOWN.contains(name)) {
                throw new UnreadableException("it has an unknown field '" + name + "'.");
            }
        }
        if (!(properties.get(VERSION) instanceof Number version) || version.longValue() != FORMAT) {
            throw new UnreadableException("its field 'v' is " + properties.get(VERSION) + ", and only 1 is known.");
        }
        if (!strings(properties, LIMITS).isEmpty()) {
            throw new UnreadableException("it has limits, which this version of Lattice can't keep.");
        }
        Subject subject = subject(properties);
        String word = string(properties, VALUE);
        ConsentValue value = ConsentValue.of(word).orElseThrow(() -> new UnreadableException("its value is '" + word
                + "', and must be one of " + Arrays.toString(ConsentValue.values()) + "."));
        AccessRequest access = new AccessRequest(new HashSet<>(strings(properties, READ)),
                new HashSet<>(strings(properties, WRITE)));
        return new Consent(subject.mesh(), subject.service(), value, pin(properties), access, sensitive(properties));
    }

    /** Which mesh and service an entry is about, as far as that can be read. */
    static Subject subject(Dictionary<String, Object> properties) throws UnreadableException {
        try {
            return new Subject(new StoreId(string(properties, MESH)), new ServiceId(string(properties, SERVICE)));
        } catch (IllegalArgumentException e) {
            throw new UnreadableException(e.getMessage());
        }
    }

    private static Optional<ProviderPin> pin(Dictionary<String, Object> properties) throws UnreadableException {
        boolean located = properties.get(LOCATION) != null;
        boolean signed = properties.get(SIGNER) != null;
        if (properties.get(SYMBOLIC_NAME) == null && !located && !signed) {
            return Optional.empty();
        }
        if (located == signed) {
            throw new UnreadableException("it must name either the provider's location or its signer.");
        }
        String symbolicName = string(properties, SYMBOLIC_NAME);
        return Optional.of(located ? new ProviderPin.InstalledFrom(symbolicName, string(properties, LOCATION))
                : new ProviderPin.SignedBy(symbolicName, string(properties, SIGNER)));
    }

    private static Map<String, String> sensitive(Dictionary<String, Object> properties) throws UnreadableException {
        List<String> pairs = strings(properties, SENSITIVE);
        if (pairs.size() % 2 != 0) {
            throw new UnreadableException("its sensitive fields are not pairs of name and value.");
        }
        Map<String, String> fields = new TreeMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            if (fields.put(pairs.get(i), pairs.get(i + 1)) != null) {
                throw new UnreadableException("it names the sensitive field " + pairs.get(i) + " twice.");
            }
        }
        return fields;
    }

    private static String string(Dictionary<String, Object> properties, String name) throws UnreadableException {
        if (properties.get(name) instanceof String text) {
            return text;
        }
        throw new UnreadableException("its field '" + name + "' is "
                + (properties.get(name) == null ? "missing." : "not a string."));
    }

    private static List<String> strings(Dictionary<String, Object> properties, String name) throws UnreadableException {
        Object value = properties.get(name);
        List<?> list;
        if (value == null) {
            list = List.of();
        } else if (value instanceof Object[] array) {
            list = Arrays.asList(array);
        } else if (value instanceof Collection<?> collection) {
            list = new ArrayList<>(collection);
        } else {
            throw new UnreadableException("its field '" + name + "' is not a list of strings.");
        }
        List<String> strings = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof String text)) {
                throw new UnreadableException("its field '" + name + "' is not a list of strings.");
            }
            strings.add(text);
        }
        return strings;
    }
}
