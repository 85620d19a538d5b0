package lattice.consent.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lattice.api.id.ServiceId;
import lattice.api.id.StoreId;
import lattice.consent.AccessRequest;
import lattice.consent.Consent;
import lattice.consent.ConsentEntry;
import lattice.consent.ConsentValue;
import lattice.consent.ProviderPin;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConsentTableTest {
    private static final StoreId MESH = new StoreId("ab".repeat(32));
    private static final ServiceId SERVICE = new ServiceId("test.service");
    private static final Subject SUBJECT = new Subject(MESH, SERVICE);

    private static Consent consent(ConsentValue value) {
        return new Consent(MESH, SERVICE, value, Optional.of(new ProviderPin.InstalledFrom("test.bundle",
                "lattice:test")),
                new AccessRequest(Set.of("/a"), Set.of()), Map.of("/port", "6667", "/bind", "\"::\""));
    }

    private static Dictionary<String, Object> stored(ConsentValue value) {
        Dictionary<String, Object> properties = ConsentFormat.write(consent(value));
        properties.put("service.pid", "lattice.consent~x");
        properties.put("service.factoryPid", "lattice.consent");
        return properties;
    }

    private static ConsentEntry read(Dictionary<String, Object> properties) {
        return ConsentTable.read(Map.of("lattice.consent~x", properties)).entry(SUBJECT);
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatWasWritten(ConsentValue value) {
        assertThat(read(stored(value))).isEqualTo(new ConsentEntry.Given(consent(value)));
    }

    @Test
    void knowsNothingOfOtherMeshesAndServices() {
        ConsentTable table = ConsentTable.read(Map.of("lattice.consent~x", stored(ConsentValue.ALWAYS_ALLOW)));
        assertThat(table.entry(new Subject(new StoreId("cd".repeat(32)), SERVICE)))
                .isInstanceOf(ConsentEntry.Missing.class);
        assertThat(table.entry(new Subject(MESH, new ServiceId("other")))).isInstanceOf(ConsentEntry.Missing.class);
    }

    @Test
    void twoEntriesAboutTheSameCountAsNone() {
        ConsentTable table = ConsentTable.read(Map.of("lattice.consent~x", stored(ConsentValue.ALWAYS_ALLOW),
                "lattice.consent~y", stored(ConsentValue.ALWAYS_ALLOW)));
        assertThat(table.entry(SUBJECT)).isInstanceOf(ConsentEntry.Unreadable.class);
        assertThat(table.entry(SUBJECT).value()).isEqualTo(ConsentValue.MANUAL);
        assertThat(table.problems()).singleElement().asString().contains("lattice.consent~x", "lattice.consent~y");
    }

    @Test
    void limitsThatItCannotKeepMakeItUnreadable() {
        Dictionary<String, Object> properties = stored(ConsentValue.FOLLOW_MESH);
        properties.put("limits", new String[] { "/port", "6667-6669" });
        assertThat(read(properties)).isInstanceOf(ConsentEntry.Unreadable.class);
    }

    @Test
    void propertiesThatAreGoneAreAProblemAndNoConsent() {
        Map<String, Dictionary<String, Object>> configurations = new HashMap<>();
        configurations.put("lattice.consent~x", null);
        ConsentTable table = ConsentTable.read(configurations);
        assertThat(table.entry(SUBJECT).value()).isEqualTo(ConsentValue.MANUAL);
        assertThat(table.problems()).hasSize(1);
    }

    @Test
    void nothingCountsIfNothingCanBeRead() {
        assertThat(ConsentTable.unavailable("the disk is gone.").entry(SUBJECT).value()).isEqualTo(ConsentValue.MANUAL);
    }

    @Provide
    Arbitrary<Object> values() {
        return Arbitraries.oneOf(Arbitraries.strings().ofMaxLength(20).map(Object.class::cast),
                Arbitraries.of((Object) ConsentValue.ALWAYS_ALLOW.word(), MESH.hex(), "test.service",
                "lattice.consent"),
                Arbitraries.integers().map(Object.class::cast), Arbitraries.of(true, false).map(Object.class::cast),
                Arbitraries.strings().ofMaxLength(5).array(String[].class).ofMaxSize(4).map(Object.class::cast),
                Arbitraries.of(new int[] { 1 }, List.of(1, 2), new Object[] { "a", 1 }));
    }

    /** A damaged entry never says yes to anything that the sound one did not say yes to. */
    @Property
    void aDamagedEntryNeverAllowsMore(@ForAll("fields") String field, @ForAll("values") Object value,
            @ForAll boolean removed) {
        Dictionary<String, Object> properties = stored(ConsentValue.BLOCK);
        if (removed) {
            properties.remove(field);
        } else {
            properties.put(field, value);
        }
        ConsentEntry entry = read(properties);
        boolean saysYes = entry.value() == ConsentValue.ALWAYS_ALLOW || entry.value() == ConsentValue.FOLLOW_MESH;
        boolean wasMadeToSayYes = !removed && field.equals("value") && value.equals(entry.value().word());
        assertThat(saysYes).isEqualTo(wasMadeToSayYes);
    }

    @Provide
    Arbitrary<String> fields() {
        return Arbitraries.of(Collections.list(stored(ConsentValue.BLOCK).keys()))
                .edgeCases(edges -> edges.add("x", "limits"));
    }

    /** Whatever is in the configuration, reading it ends and throws nothing. */
    @Property
    void survivesArbitraryEntries(@ForAll("entries") Map<String, Object> entries) {
        Dictionary<String, Object> properties = new Hashtable<>(entries);
        ConsentTable table = ConsentTable.read(Map.of("a", properties, "b", stored(ConsentValue.FOLLOW_MESH)));
        assertThat(table.entries().values()).allMatch(entry -> entry instanceof ConsentEntry.Unreadable
                || ((ConsentEntry.Given) entry).consent().equals(consent(ConsentValue.FOLLOW_MESH)));
    }

    @Provide
    Arbitrary<Map<String, Object>> entries() {
        return Arbitraries.maps(
                Arbitraries.of(Arrays.asList("v", "mesh", "service", "value", "provider.location", "sensitive",
                "limits", "x")), values()).ofMaxSize(8);
    }
}
