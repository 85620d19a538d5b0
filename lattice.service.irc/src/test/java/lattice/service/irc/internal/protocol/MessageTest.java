package lattice.service.irc.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MessageTest {
    @Test
    void takesAMessageApart() {
        assertThat(Message.parse("@id=1;+a=x\\:\\s\\\\\\r\\n;b :nick!u@h  privmsg   #a :hello : there")).contains(new Message(
                Map.of("id", "1", "+a", "x; \\\r\n", "b", ""), Optional.of("nick!u@h"), "PRIVMSG",
                List.of("#a", "hello : there"), true));
    }

    @Test
    void theFifteenthParameterTakesTheRest() {
        Message message = Message.parse("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16").orElseThrow();
        assertThat(message.params()).hasSize(15).endsWith("14", "15 16");
    }

    @Test
    void whatHasNoCommandIsNoMessage() {
        assertThat(List.of("", "   ", ":source", "@tag", "@tag :source  ", ":", "@", "@ @x y", "#a b"))
                .allSatisfy(line -> assertThat(Message.parse(line)).isEmpty());
    }

    @Test
    void aLaterTagReplacesAnEarlierOne() {
        assertThat(Tags.read("a=1;b;a=2;;=x;c=\\")).isEqualTo(Map.of("a", "2", "b", "", "c", ""));
    }

    @Test
    void onlyTheLastParameterMayNeedAColon() {
        assertThat(Message.of("s", "X", "a", "").line()).isEqualTo(":s X a :");
        assertThat(Message.of("s", "X", "a", "b").line()).isEqualTo(":s X a b");
        assertThat(Message.text("s", "X", "a", "b").line()).isEqualTo(":s X a :b");
        assertThat(Message.of("s", "X", "a", ":b").line()).isEqualTo(":s X a ::b");
        assertThatThrownBy(() -> Message.of("s", "X", "a b", "c").line()).hasMessageContaining("must be the last one");
    }

    @Test
    void aLineEndInAPartDoesNotEndTheLine() {
        assertThat(Message.text("s", "X", "a\r\nQUIT\0").line()).isEqualTo(":s X :a  QUIT ");
    }

    @Test
    void aLongLineIsCutAtACharacter() {
        byte[] line = Wire.encode(Message.text("s", "PRIVMSG", "#a", "é".repeat(400)));
        assertThat(line).hasSizeBetween(Wire.MAX_LINE - 1, Wire.MAX_LINE).endsWith('\r', '\n');
        assertThat(Wire.decode(line)).endsWith("é\r\n");
    }

    @Test
    void whatIsNotUtf8IsLatin1() {
        assertThat(Wire.decode(new byte[] {'a', (byte) 0xe9, 0, 'b'})).isEqualTo("aéb");
        assertThat(Wire.decode(new byte[] {'a', (byte) 0xc3, (byte) 0xa9})).isEqualTo("aé");
    }
}
