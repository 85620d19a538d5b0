package lattice.service.irc.internal.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import lattice.api.store.Key;
import lattice.service.irc.internal.chat.ChatKeys.Kind;
import lattice.service.irc.internal.chat.ChatKeys.Place;
import lattice.service.irc.internal.protocol.CaseMapping;
import lattice.service.irc.internal.protocol.Names;
import lattice.service.irc.internal.protocol.Wire;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ChatKeysTest {
    @Example
    void plainNamesStayReadable() {
        assertThat(ChatKeys.log("#Lattice")).isEqualTo(new Key("/state/lattice.irc-gateway/channels/#lattice/log"));
        assertThat(ChatKeys.topic("#a/b")).isEqualTo(new Key("/state/lattice.irc-gateway/channels/#a%2Fb/topic"));
        assertThat(KeySegment.encode("#100%")).isEqualTo("#100%25");
        assertThat(KeySegment.encode("..")).isEqualTo("%2E.");
    }

    @Property
    void everyChannelHasAKeyAndEveryKeyItsChannel(@ForAll("channels") String channel) {
        Assume.that(Names.isChannel(channel));
        assertThat(Place.of(ChatKeys.log(channel).child("x"))).contains(new Place(Kind.LOG, CaseMapping.fold(channel)));
        assertThat(Place.of(ChatKeys.topic(channel))).contains(new Place(Kind.TOPIC, CaseMapping.fold(channel)));
        assertThat(Place.of(ChatKeys.mode(channel, 'm'))).contains(new Place(Kind.MODE, CaseMapping.fold(channel)));
        assertThat(Place.of(ChatKeys.registration(channel)))
                .contains(new Place(Kind.REGISTRATION, CaseMapping.fold(channel)));
    }

    @Property
    void oneKeyMeansOneChannel(@ForAll("channels") String one, @ForAll("channels") String other) {
        Assume.that(Names.isChannel(one) && Names.isChannel(other));
        assertThat(ChatKeys.log(one).equals(ChatKeys.log(other))).isEqualTo(CaseMapping.same(one, other));
    }

    @Property
    void textsAndSegmentsAreTheSameThing(@ForAll byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        Assume.that(!text.isEmpty());
        assertThat(KeySegment.decode(KeySegment.encode(text))).isEqualTo(text);
    }

    @Property
    void whatIsNoSegmentIsRefusedInWords(@ForAll("segments") String segment) {
        try {
            assertThat(KeySegment.encode(KeySegment.decode(segment))).isEqualTo(segment);
        } catch (IllegalArgumentException e) {
            assertThat(Place.of(ChatKeys.ROOT.child("registry/" + segment))).isEmpty();
        }
    }

    @Example
    void otherKeysAreNotOurs() {
        assertThat(Place.of(new Key("/state/lattice.irc-gateway"))).isEmpty();
        assertThat(Place.of(new Key("/state/lattice.irc-gateway/channels/#a"))).isEmpty();
        assertThat(Place.of(new Key("/state/lattice.irc-gateway/channels/#a/topic/x"))).isEmpty();
        assertThat(Place.of(new Key("/state/lattice.irc-gateway/channels/#A/topic"))).isEmpty();
        assertThat(Place.of(new Key("/state/other/channels/#a/topic"))).isEmpty();
        assertThatThrownBy(() -> KeySegment.decode("%2")).hasMessageContaining("ends within");
        assertThatThrownBy(() -> KeySegment.decode("%zz")).isInstanceOf(IllegalArgumentException.class);
    }

    /** As they come from the wire: any bytes. */
    @Provide
    Arbitrary<String> channels() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(40).map(bytes -> "#" + Wire.decode(bytes));
    }

    @Provide
    Arbitrary<String> segments() {
        return Arbitraries.strings().withChars("%2FfE.#aé").ofMinLength(1).ofMaxLength(12)
                .filter(segment -> !segment.equals(".") && !segment.equals(".."));
    }
}
