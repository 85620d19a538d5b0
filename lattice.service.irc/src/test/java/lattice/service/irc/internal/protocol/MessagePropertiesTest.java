package lattice.service.irc.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class MessagePropertiesTest {
    @Property
    void whatIsWrittenIsReadAgain(@ForAll("messages") Message message) {
        assertThat(Message.parse(message.line())).contains(message);
    }

    @Property
    void anyBytesAreReadAndCanGoOutAgain(@ForAll byte[] bytes) {
        String line = Wire.decode(bytes);
        Message.parse(line).ifPresent(message -> {
            byte[] encoded = Wire.encode(message.withTags(Map.of()));
            assertThat(encoded).hasSizeLessThanOrEqualTo(Wire.MAX_LINE);
            assertThat(new String(encoded, 0, encoded.length - 2, StandardCharsets.UTF_8))
                    .doesNotContain("\r", "\n", "\0");
        });
    }

    @Property
    void whatWasReadOnceIsTheSameReadTwice(@ForAll("lines") String line) {
        Message.parse(line).ifPresent(message -> assertThat(Message.parse(message.line())).contains(message));
    }

    @Property
    void aCutTextIsTheLongestBeginningThatFits(@ForAll("text") String text, @ForAll("lengths") int bytes) {
        String cut = Wire.cut(text, bytes);
        assertThat(text).startsWith(cut);
        assertThat(Wire.length(cut)).isLessThanOrEqualTo(bytes);
        if (!cut.equals(text)) {
            int next = text.codePointAt(cut.length());
            assertThat(Wire.length(cut + Character.toString(next))).isGreaterThan(bytes);
        }
    }

    @Property
    void packedLinesHoldAllWordsInOrder(@ForAll("words") List<String> words, @ForAll("lengths") int bytes) {
        List<String> lines = Wire.pack(words, bytes);
        assertThat(String.join(" ", lines)).isEqualTo(String.join(" ", words));
        assertThat(lines).allMatch(line -> Wire.length(line) <= bytes || !line.contains(" "));
    }

    @Provide
    Arbitrary<Integer> lengths() {
        return Arbitraries.integers().between(0, 60);
    }

    @Provide
    Arbitrary<List<String>> words() {
        return word().list().ofMaxSize(30);
    }

    @Provide
    Arbitrary<String> text() {
        return Arbitraries.strings().withCharRange(' ', '~').withChars('é', '☃', ';', '\\').ofMaxLength(60);
    }

    /** What the grammar is made of, more often than chance would have it. */
    @Provide
    Arbitrary<String> lines() {
        return Arbitraries.strings().withChars("@:; =\\!abAB019+#é\u0001").ofMaxLength(60);
    }

    @Provide
    Arbitrary<Message> messages() {
        Arbitrary<Map<String, String>> tags = Arbitraries.maps(word(), text()).ofMaxSize(4);
        Arbitrary<Optional<String>> source = word().optional();
        Arbitrary<String> command = Arbitraries.strings().withCharRange('A', 'Z').withCharRange('0', '9').ofMinLength(1)
                .ofMaxLength(9);
        Arbitrary<List<String>> middle = word().list().ofMaxSize(Message.MAX_PARAMS - 1);
        return Combinators.combine(tags, source, command, middle, text().optional())
                .as((with, from, name, params, last) -> {
                    List<String> all = new ArrayList<>(params);
                    last.ifPresent(all::add);
                    return new Message(with, from, name, all, last.isPresent());
                });
    }

    private static Arbitrary<String> word() {
        return Arbitraries.strings().withCharRange('a', 'z').withChars("!@#.-+*é").ofMinLength(1).ofMaxLength(12);
    }
}
